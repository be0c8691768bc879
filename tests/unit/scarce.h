/* SPDX-License-Identifier: MIT */
/* Memory that runs out when a test wants it: the linker leads malloc() and its like here (-Wl,--wrap). */
#ifndef NUNCIO_TESTS_SCARCE_H
#define NUNCIO_TESTS_SCARCE_H

#include <stdbool.h>

/* From now on allocations are counted, and the Nth (from 1; 0: none) fails, or with `for_ever` all from it.
 */
void scarce_begin(unsigned nth, bool for_ever);
/* Ends that. Returns how many allocations failed; *ret_left: blocks that were taken since and not freed. */
unsigned scarce_end(long *ret_left);

#endif
