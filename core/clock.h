/* SPDX-License-Identifier: MIT */
/* The two clocks. Only the engine and what drives it reads them; everything else is given the time. */
#ifndef NUNCIO_CORE_CLOCK_H
#define NUNCIO_CORE_CLOCK_H

#include <stdint.h>

/* Milliseconds of a clock that never goes back. */
int64_t clock_monotonic(void);
/* Milliseconds since 1970. */
int64_t clock_wall(void);

#endif
