#include "generate/churn.h"

#include <algorithm>
#include <bit>
#include <mutex>

#include "generate/churn_fill.h"
#include "generate/churn_transaction.h"
#include "generate/crew.h"

namespace syncline::generate {
namespace {

using std::chrono::milliseconds;

constexpr unsigned kRollbackPercent = 8;
constexpr unsigned kLeftOpenPercent = 3;
constexpr unsigned kReadCommittedPercent = 40;
constexpr unsigned kEndAfterRefusalPercent = 50;
constexpr uint64_t kStatementsMax = 6;
constexpr milliseconds kRecountPauseMin{1000};

struct PlannedChange {
  ChangeKind kind;
  const ChurnTable* table;
};

// What becomes of a transaction, drawn before it begins.
struct Plan {
  std::vector<PlannedChange> changes;
  bool is_read_committed = false;
  bool rolls_back = false;
  milliseconds left_open{0};
};

mysql::SessionOptions session_options(const ChurnRequest& request) {
  return {.endpoint = request.endpoint, .lock_wait_timeout_s = 3, .program = "syncline churn"};
}

struct Weight {
  ChangeKind kind;
  unsigned percent;
};

constexpr Weight kWeights[] = {{ChangeKind::kInsert, 10},    {ChangeKind::kCopy, 10},
                               {ChangeKind::kUpsert, 6},     {ChangeKind::kUpdate, 34},
                               {ChangeKind::kUpdateMany, 7}, {ChangeKind::kKeyChange, 8},
                               {ChangeKind::kChildMove, 10}, {ChangeKind::kDelete, 15}};

ChangeKind weighted_kind(Random& random) {
  auto drawn = static_cast<unsigned>(random.below(100));
  for (const Weight& weight : kWeights) {
    if (drawn < weight.percent) return weight.kind;
    drawn -= weight.percent;
  }
  return ChangeKind::kUpdate;
}

// Changes that a cascade may take further, two levels or more (docs/capture.md).
bool may_go_deep(const PlannedChange& change) {
  switch (change.kind) {
    case ChangeKind::kDelete:
    case ChangeKind::kKeyChange:
    case ChangeKind::kChildMove:
    case ChangeKind::kUpdate:  // of a table of keys only: it becomes a child move
      return change.table->has_deep_cascades;
    case ChangeKind::kInsert:
    case ChangeKind::kCopy:
    case ChangeKind::kUpsert:
    case ChangeKind::kUpdateMany:
      return false;
  }
  return true;
}

// What the connections share.
class Churn {
 public:
  Churn(const ChurnRequest& request, Clock& clock, std::stop_token stop,
        const std::function<void(const ChurnReport&)>& on_progress, const ChurnSchema& schema,
        ChurnTally& tally)
      : request_(request),
        clock_(clock),
        on_progress_(on_progress),
        schema_(schema),
        tally_(tally),
        start_(clock.boot_now()),
        crew_(clock, request.rate, request.duration, std::move(stop)),
        recount_at_(start_ + kRecountPauseMin) {}

  // Until the time is over.
  Result<void> run() {
    return crew_.run(request_.connections, [this](unsigned) { return work(); });
  }

 private:
  Result<void> work();
  const ChurnTable& pick_table(Random& random) const;
  PlannedChange plan_change(Random& random) const;
  Plan plan(Random& random) const;
  Result<void> make(mysql::Connection& session, uint64_t number);
  Result<bool> make_changes(ChurnTransaction& transaction, const Plan& plan, Random& random);
  Result<void> end(mysql::Connection& session, bool is_committed, ChurnTransaction& transaction);
  Result<void> passable(const Error& error, const mysql::Connection& session);
  Result<void> recount(mysql::Connection& session);
  void show();

  const ChurnRequest& request_;
  Clock& clock_;
  const std::function<void(const ChurnReport&)>& on_progress_;
  const ChurnSchema& schema_;
  ChurnTally& tally_;
  const BootTime start_;
  Crew crew_;

  std::mutex mutex_;  // guards what follows
  BootTime shown_{};
  BootTime recount_at_;
};

// One connection.
Result<void> Churn::work() {
  while (auto session = TRY(crew_.connect(session_options(request_), [] {}))) {
    while (session->is_open()) {
      const auto transaction = crew_.next();
      if (!transaction) return {};
      TRY(recount(*session));
      if (session->is_open()) TRY(make(*session, *transaction));
      show();
    }
    tally_.lost();
  }
  return {};
}

// A table of many rows more often than one of few, but not in proportion.
const ChurnTable& Churn::pick_table(Random& random) const {
  const auto weight = [&](const ChurnTable& table) {
    return 1 + static_cast<uint64_t>(std::bit_width(tally_.rows(table.name)));
  };
  uint64_t sum = 0;
  for (const ChurnTable& table : schema_.tables) sum += weight(table);
  uint64_t drawn = random.below(sum);
  for (const ChurnTable& table : schema_.tables) {
    const uint64_t one = weight(table);
    if (drawn < one) return table;
    drawn -= one;
  }
  return schema_.tables.back();
}

PlannedChange Churn::plan_change(Random& random) const {
  const ChurnTable& table = pick_table(random);
  ChangeKind kind = weighted_kind(random);
  const bool is_growing =
      kind == ChangeKind::kInsert || kind == ChangeKind::kCopy || kind == ChangeKind::kUpsert;
  if (is_growing && !tally_.may_grow(table.name)) kind = ChangeKind::kDelete;
  const bool may_take =
      tally_.may_shrink(table.name) && std::ranges::all_of(table.cascades, [&](const auto& hops) {
        return tally_.may_shrink(hops.back().table.value) ||
               tally_.rows(hops.back().table.value) == 0;
      });
  if (kind == ChangeKind::kDelete && !may_take)
    kind = tally_.may_grow(table.name) ? ChangeKind::kInsert : ChangeKind::kUpdate;
  return {kind, &table};
}

Plan Churn::plan(Random& random) const {
  Plan plan;
  const uint64_t count = random.chance(60) ? 1 : 2 + random.below(kStatementsMax - 1);
  for (uint64_t i = 0; i < count; ++i) plan.changes.push_back(plan_change(random));
  plan.is_read_committed =
      random.chance(kReadCommittedPercent) && std::ranges::none_of(plan.changes, may_go_deep);
  plan.rolls_back = random.chance(kRollbackPercent);
  if (random.chance(kLeftOpenPercent)) plan.left_open = milliseconds(random.between(50, 300));
  return plan;
}

// What ended the transaction: nothing to worry about, or the end of the run.
Result<void> Churn::passable(const Error& error, const mysql::Connection& session) {
  if (!session.is_open() || error.is_transient()) return {};
  return error;
}

Result<void> Churn::make(mysql::Connection& session, uint64_t number) {
  Random random(request_.seed, number, 0);
  const Plan drawn = plan(random);
  if (drawn.is_read_committed) {
    const auto set = session.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
    if (!set.ok()) return passable(set.error(), session);
  }
  const auto started = session.execute("START TRANSACTION");
  if (!started.ok()) return passable(started.error(), session);
  ChurnTransaction transaction(session, tally_);
  const auto stands = make_changes(transaction, drawn, random);
  if (!stands.ok()) return stands.error();
  if (!session.is_open()) return {};
  const bool is_stopped = *stands && drawn.left_open.count() > 0 && !crew_.sleep(drawn.left_open);
  return end(session, *stands && !drawn.rolls_back && !is_stopped, transaction);
}

// False: the transaction is to be rolled back, or is already.
Result<bool> Churn::make_changes(ChurnTransaction& transaction, const Plan& plan, Random& random) {
  for (const PlannedChange& change : plan.changes) {
    auto outcome = TRY(transaction.change(change.kind, *change.table, random));
    const bool is_empty = tally_.rows(change.table->name) == 0;
    if (outcome == ChangeOutcome::kImpossible && is_empty && tally_.may_grow(change.table->name))
      outcome = TRY(transaction.change(ChangeKind::kInsert, *change.table, random));
    if (outcome == ChangeOutcome::kEnded) return false;
    if (outcome == ChangeOutcome::kRefused && random.chance(kEndAfterRefusalPercent)) return false;
  }
  return true;
}

Result<void> Churn::end(mysql::Connection& session, bool is_committed,
                        ChurnTransaction& transaction) {
  const auto ended = session.execute(is_committed ? "COMMIT" : "ROLLBACK");
  if (!ended.ok()) return passable(ended.error(), session);
  if (is_committed) {
    transaction.committed();
  } else {
    tally_.rolled_back();
  }
  return {};
}

// What cascades took is known only by counting again: every second, or, where the tables are so
// large that it takes long, less often.
Result<void> Churn::recount(mysql::Connection& session) {
  const BootTime begun = clock_.boot_now();
  {
    const std::lock_guard lock(mutex_);
    if (begun < recount_at_) return {};
    recount_at_ = begun + std::chrono::hours(1);
  }
  const auto counted = tally_.count_rows(session, schema_);
  const BootTime now = clock_.boot_now();
  {
    const std::lock_guard lock(mutex_);
    recount_at_ = now + std::max<std::chrono::nanoseconds>(kRecountPauseMin, 20 * (now - begun));
  }
  if (!counted.ok() && counted.error().kind() != ErrorKind::kTooOld)
    return passable(counted.error(), session);
  return {};
}

void Churn::show() {
  const BootTime now = clock_.boot_now();
  const std::lock_guard lock(mutex_);
  if (!on_progress_ || now - shown_ < milliseconds(100)) return;
  shown_ = now;
  ChurnReport report = tally_.report();
  report.seconds = seconds(now - start_);
  on_progress_(report);
}

}  // namespace

Result<ChurnReport> run_churn(const ChurnRequest& request, Clock& clock, std::stop_token stop,
                              const std::function<void(const ChurnReport&)>& on_progress) {
  if (request.connections == 0)
    return invalid("churn needs at least one connection", "--connections 4");
  auto session = TRY(mysql::Connection::open(session_options(request)));
  const ChurnSchema schema =
      TRY(read_churn_schema(session, request.endpoint.database, request.tables));
  ChurnTally tally;
  const BootTime begun = clock.boot_now();
  TRY(tally.count_rows(session, schema));
  if (request.fill > 0) TRY(fill_tables(session, schema, request.fill, request.seed, stop, tally));
  tally.hold_sizes();
  TRY(Churn(request, clock, std::move(stop), on_progress, schema, tally).run());
  session = TRY(mysql::Connection::open(session_options(request)));
  TRY(tally.count_rows(session, schema));
  ChurnReport report = tally.report();
  report.seconds = seconds(clock.boot_now() - begun);
  report.left_out = schema.left_out;
  return report;
}

}  // namespace syncline::generate
