#pragma once

#include <memory>

#include "base/clock.h"
#include "config/options.h"
#include "config/pipeline.h"
#include "ports/target.h"

namespace syncline::redis {

/// Documents as Redis hashes or JSON strings (docs/targets.md), written by a compare-and-set
/// script; tombstones, floors and the state record under keys beginning with "syncline:". `config`
/// and `options` are copied; `clock` is borrowed.
std::unique_ptr<ports::TargetConnector> make_connector(const config::RedisConfig& config,
                                                       const config::Options& options,
                                                       const ports::Identity& identity,
                                                       Clock& clock);

}  // namespace syncline::redis
