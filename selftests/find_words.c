// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: find_words FILE WORD: how often a WORD of 8 small letters is in FILE, such as in an image
 * of memory, at multiples of 8 bytes; and how often it is there in capitals, which this program
 * itself never holds in memory. Status 1 if FILE cannot be read to its end.
 */
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	static unsigned long buffer[1 << 13];
	unsigned long small = 0, capital = 0, word;
	FILE *f = argc == 3 && strlen(argv[2]) == 8 ? fopen(argv[1], "rb") : NULL;
	size_t n;

	if (!f)
		return 1;
	memcpy(&word, argv[2], 8);
	while ((n = fread(buffer, 8, sizeof(buffer) / 8, f)) > 0) {
		for (size_t i = 0; i < n; i++) {
			small += buffer[i] == word;
			capital += (buffer[i] ^ word) == 0x2020202020202020ul;
		}
	}
	if (ferror(f))
		return 1;
	printf("%lu small, %lu in capitals\n", small, capital);
	return 0;
}
