#pragma once

/// The promises of ports/target.h, as tests that every target passes against its real store.
///
/// An adapter's integration test includes this one header, implements StoreUnderTest and says
///
///   INSTANTIATE_TEST_SUITE_P(Redis, TargetConformance, testing::Values(ConformanceCase{...}),
///                            [](const auto& info) { return info.param.name; });
///
/// inside namespace syncline::ports, and the same for TombstoneExpiry where it holds.
#include "ports/target_content_testing.h"
#include "ports/target_guard_testing.h"
#include "ports/target_oddities_testing.h"
#include "ports/target_ownership_testing.h"
