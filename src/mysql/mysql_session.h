#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>

#include "config/options.h"
#include "config/pipeline.h"
#include "document/ids.h"
#include "document/plan.h"
#include "mysql/connection.h"

namespace syncline::mysql {

/// What every session of one pipeline shares. Made by MysqlDatabase; everything but the atomics is
/// fixed before the first session. Safe for concurrent use.
struct SessionContext {
  config::SourceConfig source;
  document::PipelineName name;
  config::Options options;
  std::string server;  ///< server_identity(): compared inside the statement that numbers a view
  std::span<const document::DocumentPlan> plans;
  std::atomic<uint64_t> generation = 0;      ///< every view must be of it
  std::atomic<uint64_t> known_revision = 0;  ///< every view's number must be above it
  std::atomic<bool> is_expected = false;     ///< expect() was called: the two above are meant

  /// The runtime account's session options, in the source database.
  SessionOptions session(Isolation isolation) const {
    return {.endpoint = source.endpoint, .isolation = isolation, .timeout = options.mysql_timeout};
  }
};

}  // namespace syncline::mysql
