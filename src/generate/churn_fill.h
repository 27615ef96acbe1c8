#pragma once

#include <stop_token>

#include "generate/churn_tally.h"

namespace syncline::generate {

/// Inserts rows until every table has `rows` of them, parents before children. A table that takes
/// none (its checks or triggers refuse them) is left as it is after many attempts. Leaves the
/// counted rows in the tally. Errors as run_churn().
Result<void> fill_tables(mysql::Connection& session, const ChurnSchema& schema, uint64_t rows,
                         uint64_t seed, std::stop_token stop, ChurnTally& tally);

}  // namespace syncline::generate
