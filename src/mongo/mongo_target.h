#pragma once

#include <memory>

#include "base/clock.h"
#include "config/options.h"
#include "config/pipeline.h"
#include "ports/target.h"

namespace syncline::mongo {

/// Documents as MongoDB documents (docs/targets.md): a collection per document type, guarded
/// replaces, tombstones and floors in the collection "syncline_tombstones", the state record in
/// "syncline_state". `config` and `options` are copied; `clock` is borrowed.
std::unique_ptr<ports::TargetConnector> make_connector(const config::MongoConfig& config,
                                                       const config::Options& options,
                                                       const ports::Identity& identity,
                                                       Clock& clock);

}  // namespace syncline::mongo
