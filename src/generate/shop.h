#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "config/pipeline.h"

namespace syncline::generate {

/// A generated online shop: customers, addresses, countries, products, categories, orders,
/// order_items, payments.
struct ShopRequest {
  config::Endpoint endpoint;   ///< server and database; the database is created when absent
  uint64_t customers = 30000;  ///< what belongs to them follows: about 1.3 addresses, 2 orders, 5
                               ///< items, 2 payments each
  uint64_t seed = 1;           ///< same seed and size: same rows, byte for byte
  bool replace = false;  ///< drop the shop's tables first; without it a non-empty table is an error
};

struct GenerateProgress {
  std::string table;
  uint64_t rows = 0;        ///< of all tables so far
  uint64_t rows_about = 0;  ///< of all tables in the end
};

struct GenerateReport {
  uint64_t rows = 0;
  double seconds = 0;
};

/// Creates the tables and fills them by multi-row inserts in big transactions, over two sessions
/// with foreign_key_checks and unique_checks off. `on_progress` is called about ten times a second,
/// on threads of its own, one call at a time. Errors as mysql::Connection; kInvalid: a table has
/// rows; kCancelled: stopped, what was committed stays.
Result<GenerateReport> generate_shop(
    const ShopRequest& request, Clock& clock, std::stop_token stop,
    const std::function<void(const GenerateProgress&)>& on_progress);

/// Changes to a generated shop, as an application makes them.
struct TrafficRequest {
  config::Endpoint endpoint;
  double rate = 500;  ///< transactions a second over all connections; 0: as fast as it goes
  std::chrono::seconds duration{30};
  unsigned connections = 8;
  uint64_t seed = 1;
};

struct TrafficReport {
  uint64_t transactions = 0;  ///< committed
  uint64_t rollbacks = 0;     ///< on purpose
  uint64_t statements = 0;
  uint64_t errors = 0;     ///< deadlocks, lock timeouts, lost connections: tried again
  uint64_t conflicts = 0;  ///< a key taken or a row gone in the meantime: tried with another one
  std::map<std::string, uint64_t> changes;  ///< committed, by kind of transaction
  double seconds = 0;
};

/// Inserts, updates, deletes, key moves, child moves, REPLACE, ON DUPLICATE KEY UPDATE, cascades,
/// multi-statement transactions, rollbacks, transactions left open for a while, half the
/// connections at READ COMMITTED. The first transactions are one of each kind. Stops early, without
/// error, when stopped. Server gone: connects again until the time is over. `on_progress` as above.
/// Errors: kInvalid: there is no shop; else what is neither a lock, a race nor a lost connection.
Result<TrafficReport> run_traffic(const TrafficRequest& request, Clock& clock, std::stop_token stop,
                                  const std::function<void(const TrafficReport&)>& on_progress);

}  // namespace syncline::generate
