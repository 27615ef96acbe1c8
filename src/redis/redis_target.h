#pragma once

#include <memory>
#include <vector>

#include "base/clock.h"
#include "config/options.h"
#include "config/pipeline.h"
#include "ports/finding.h"
#include "ports/target.h"

namespace syncline::redis {

/// Documents as Redis hashes or JSON strings (docs/targets.md), written by a compare-and-set
/// script; tombstones, floors and the state record under keys beginning with "syncline:". `config`
/// and `options` are copied; `clock` is borrowed.
///
/// Where it says more than ports/target.h:
///   write: a key that is not ours is refused, deletes included; the server itself refuses what
///     arrives past the age fence, by its own clock.
///   prepare(adopt): what lies under the keys already becomes ours at revision 0 (hashes, or JSON
///     objects), but for what does not fit the template or the form.
///   count: by SCAN, exact up to 100,000 keys in the database; beyond, an estimate from as many.
///   tend: nothing to do, tombstones have a TTL.
///   purge: the state record stays.
///   may_expire: as the server was when the connection was made.
/// kUnsupported: TLS, Redis Cluster, Redis before 5.
std::unique_ptr<ports::TargetConnector> make_connector(const config::RedisConfig& config,
                                                       const config::Options& options,
                                                       const ports::Identity& identity,
                                                       Clock& clock);

/// What the server's settings mean for records: eviction, persistence. Opens a connection of its
/// own.
Result<std::vector<ports::Finding>> server_findings(const config::RedisConfig& config,
                                                    const config::Options& options);

}  // namespace syncline::redis
