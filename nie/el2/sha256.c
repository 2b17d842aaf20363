// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: SHA-256. Source: FIPS 180-4, 4.1.2, 4.2.2, 5.3.3, 6.2; names as there. Lock: none, the
 * caller's memory alone.
 * Never: branches on what it hashes.
 */
#include "sha256.h"

/* Fractional parts of the square roots of the first 8 primes, of the cube roots of the first 64. */
static const u32 first[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static const u32 constant[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5,
	0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
	0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
	0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5,
	0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/*@ requires 1 <= n <= 31;
  @ assigns \nothing;
  @*/
static u32 rotr(u32 x, u32 n)
{
	return (u32)(x * 0x100000001ul >> n);		/* x twice */
}

/* The two halves of a word of memory, as numbers whose first byte is the highest. */
/*@ assigns \nothing;
  @*/
static u32 swab(u32 x)
{
	return (rotr(x, 8) & 0xff00ff00u) | (rotr(x, 24) & 0x00ff00ffu);
}

/* Sum of two words, modulo 2^32. */
/*@ assigns \nothing;
  @*/
static u32 plus(u32 x, u32 y)
{
	return (u32)((u64)x + y);
}

/* The message schedule, 6.2.2 step 1, of which 16 words are kept: the next one. */
/*@ requires 16 <= t < 64 && \valid(w + (0 .. 15));
  @ assigns w[t % 16];
  @*/
static void next_word(u32 *w, u32 t)
{
	u32 w2 = w[(t - 2) % 16];
	u32 w15 = w[(t - 15) % 16];
	u32 s0 = rotr(w15, 7) ^ rotr(w15, 18) ^ w15 >> 3;
	u32 s1 = rotr(w2, 17) ^ rotr(w2, 19) ^ w2 >> 10;

	w[t % 16] = plus(plus(s1, w[(t - 7) % 16]), plus(s0, w[t % 16]));
}

/* 6.2.2 step 3, a..h being v[0..7]. */
/*@ requires \valid(v + (0 .. 7));
  @ assigns v[0 .. 7];
  @*/
static void turn(u32 *v, u32 k, u32 w)
{
	u32 s1 = rotr(v[4], 6) ^ rotr(v[4], 11) ^ rotr(v[4], 25);
	u32 ch = (v[4] & v[5]) ^ (~v[4] & v[6]);
	u32 t1 = plus(plus(v[7], s1), plus(plus(ch, k), w));
	u32 s0 = rotr(v[0], 2) ^ rotr(v[0], 13) ^ rotr(v[0], 22);
	u32 maj = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);

	v[7] = v[6];
	v[6] = v[5];
	v[5] = v[4];
	v[4] = plus(v[3], t1);
	v[3] = v[2];
	v[2] = v[1];
	v[1] = v[0];
	v[0] = plus(t1, plus(s0, maj));
}

void nie_sha256_init(struct nie_sha256 *s)
{
	/*@ loop invariant 0 <= i <= 8;
	  @ loop assigns i, s->h[0 .. 7];
	  @ loop variant 8 - i;
	  @*/
	for (u32 i = 0; i < 8; i++)
		s->h[i] = first[i];
	s->blocks = 0;
}

void nie_sha256_block(struct nie_sha256 *s, const u64 *w)
{
	u32 schedule[16], v[8];

	/*@ loop invariant 0 <= i <= 8;
	  @ loop assigns i, schedule[0 .. 15], v[0 .. 7];
	  @ loop variant 8 - i;
	  @*/
	for (u32 i = 0; i < 8; i++) {
		schedule[2 * i] = swab((u32)(w[i] & 0xffffffff));
		schedule[2 * i + 1] = swab((u32)(w[i] >> 32));
		v[i] = s->h[i];
	}
	/*@ loop invariant 0 <= t <= 64;
	  @ loop assigns t, v[0 .. 7], schedule[0 .. 15];
	  @ loop variant 64 - t;
	  @*/
	for (u32 t = 0; t < 64; t++) {
		if (t >= 16)
			next_word(schedule, t);
		turn(v, constant[t], schedule[t % 16]);
	}
	/*@ loop invariant 0 <= i <= 8;
	  @ loop assigns i, s->h[0 .. 7];
	  @ loop variant 8 - i;
	  @*/
	for (u32 i = 0; i < 8; i++)
		s->h[i] = plus(s->h[i], v[i]);
	s->blocks = s->blocks % NIE_SHA256_BLOCKS + 1;
}

/* Two numbers as they lie in a word of memory. */
/*@ assigns \nothing;
  @*/
static u64 word(u32 low, u32 high)
{
	return swab(low) + swab(high) * 0x100000000ul;
}

/* 5.1.1: a one bit, zeroes, and the length in bits, which is a block more. */
void nie_sha256_end(struct nie_sha256 *s, u64 *out)
{
	u64 bits = s->blocks % NIE_SHA256_BLOCKS * 512;
	u64 w[8] = { 0x80, 0, 0, 0, 0, 0, 0, word((u32)(bits >> 32), (u32)(bits & 0xffffffff)) };

	nie_sha256_block(s, w);
	/*@ loop invariant 0 <= i <= 4;
	  @ loop assigns i, out[0 .. 3];
	  @ loop variant 4 - i;
	  @*/
	for (u32 i = 0; i < 4; i++)
		out[i] = word(s->h[2 * i], s->h[2 * i + 1]);
}
