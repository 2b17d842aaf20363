/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SHA-256 (FIPS 180-4) of messages that are whole blocks of 64 bytes. EL2 is linked on its own and
 * keeps out of the FP registers, so neither the kernel's library nor the SHA2 instructions serve.
 */
#ifndef NIE_EL2_SHA256_H
#define NIE_EL2_SHA256_H

#include "state.h"

/* The length of a message is a number of 64 bits, in bits: one of blocks is modulo this. */
#define NIE_SHA256_BLOCKS	0x80000000000000ul

/**
 * struct nie_sha256 - a message so far
 * @h: the hash value
 * @blocks: how many blocks it had
 */
struct nie_sha256 {
	u32 h[8];
	u64 blocks;
};

/* An empty message. */
/*@ requires \valid(s);
  @ assigns *s;
  @ ensures s->blocks == 0;
  @*/
void nie_sha256_init(struct nie_sha256 *s);

/* One more block: eight words, each as it lies in memory. */
/*@ requires \valid(s) && \valid_read(w + (0 .. 7)) && \separated(s, w + (0 .. 7));
  @ assigns *s;
  @ ensures s->blocks == \old(s->blocks) % NIE_SHA256_BLOCKS + 1;
  @*/
void nie_sha256_block(struct nie_sha256 *s, const u64 *w);

/* The message ends: its digest in out, 32 bytes as they lie in memory. @s is to be begun anew. */
/*@ requires \valid(s) && \valid(out + (0 .. 3)) && \separated(s, out + (0 .. 3));
  @ assigns *s, out[0 .. 3];
  @*/
void nie_sha256_end(struct nie_sha256 *s, u64 *out);

#endif /* NIE_EL2_SHA256_H */
