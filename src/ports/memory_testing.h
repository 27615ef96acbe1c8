#pragma once

// The ports in memory, for unit tests: one header for all of them.
#include "ports/manual_clock_testing.h"
#include "ports/memory_database_testing.h"
#include "ports/memory_target_testing.h"
