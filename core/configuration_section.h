/* SPDX-License-Identifier: MIT */
/* From one merged section to what struct config holds of it. */
#ifndef NUNCIO_CORE_CONFIGURATION_SECTION_H
#define NUNCIO_CORE_CONFIGURATION_SECTION_H

#include "configuration.h"
#include "configuration_tree.h"

/* Takes title and foreign entries out of the section; config's arrays have room. Returns 0 (mistakes are in
   the report), or -1 without memory; config_finish() frees what there is. */
int config_section_read(struct config *config, struct config_section *section, struct config_report *report,
                        struct nuncio_failure *failure);

#endif
