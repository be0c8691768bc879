/* SPDX-License-Identifier: MIT */
/* Who and what exists in this world; printed by --help. */
#ifndef SANDBOX_IDENTITIES_H
#define SANDBOX_IDENTITIES_H

#define GUMLOOP_USER    "user_2b9d71f0"
#define GUMLOOP_PROJECT "project_1"
#define GUMLOOP_TEAM    "team_4f8c92ab"
#define GUMLOOP_AGENT   "abc123DEFghiJKL"
/* A second agent of the same user, and one that belongs to somebody else. */
#define GUMLOOP_AGENT_2       "mno456PQRstuVWX"
#define GUMLOOP_AGENT_FOREIGN "xyz789STUvwxYZA"

#define GENNIA_AGENT       "3c90c3cc-0d44-4b50-8888-8dd25736052a"
#define GENNIA_AGENT_DRAFT "5d11e7aa-2f60-4c1b-9d7e-0a4b8c6f2e13"

#define DUMPLING_AGENT         "agent_123456"
#define DUMPLING_AGENT_FOREIGN "agent_999999"

#define ENTHUSIAST_DATA_SET 1
#define ENTHUSIAST_AGENT    1

#endif
