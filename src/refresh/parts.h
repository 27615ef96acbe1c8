#pragma once

#include <span>

#include "base/clock.h"
#include "config/options.h"
#include "document/plan.h"
#include "ports/database.h"
#include "refresh/load_table.h"
#include "refresh/settlement.h"
#include "refresh/target_set.h"

namespace syncline::refresh {

/// What the pipelines that refresh documents work with. All borrowed, shared by the threads of a
/// process.
struct Parts {
  ports::Database& database;
  TargetSet& targets;
  LoadTable& loads;
  std::span<const document::DocumentPlan> plans;
  const config::Options& options;
  Clock& clock;
  Counters& counters;
};

}  // namespace syncline::refresh
