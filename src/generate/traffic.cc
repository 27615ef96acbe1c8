#include <algorithm>
#include <mutex>
#include <optional>
#include <vector>

#include "generate/crew.h"
#include "generate/shop.h"
#include "generate/traffic_mix.h"

namespace syncline::generate {
namespace {

using std::chrono::milliseconds;

constexpr int kAttemptsMax = 5;
constexpr unsigned kRollbackPercent = 8;
constexpr unsigned kLeftOpenPercent = 3;

// What becomes of a transaction, drawn before it begins.
struct Fate {
  const TransactionKind* kind;
  bool rolls_back = false;
  milliseconds left_open{0};
};

enum class Outcome { kDone, kAgain, kAnother, kLost, kStopped };

mysql::SessionOptions session_options(const TrafficRequest& request, unsigned number) {
  return {.endpoint = request.endpoint,
          .isolation = number % 2 == 0 ? mysql::Isolation::kRepeatableRead
                                       : mysql::Isolation::kReadCommitted,
          .program = "syncline traffic"};
}

// Somebody else was faster: duplicate key, parent or child row, value out of range by then.
bool is_race(unsigned code) {
  constexpr unsigned kRaces[] = {1062, 1264, 1406, 1451, 1452, 1690};
  return std::find(std::begin(kRaces), std::end(kRaces), code) != std::end(kRaces);
}

// What the connections share.
class Traffic {
 public:
  Traffic(const TrafficRequest& request, Clock& clock, std::stop_token stop,
          const std::function<void(const TrafficReport&)>& on_progress, ShopIds& ids)
      : request_(request),
        clock_(clock),
        on_progress_(on_progress),
        ids_(ids),
        shop_(request.seed, ids.customers),
        seed_(mixed(request.seed ^ mixed(ids.orders + ids.payments))),
        start_(clock.boot_now()),
        crew_(clock, request.rate, request.duration, std::move(stop)) {}

  // Until the time is over.
  Result<TrafficReport> run();

 private:
  Result<void> work(unsigned number);
  Fate fate_of(uint64_t number, Random& random) const;
  Result<bool> make(mysql::Connection& session, uint64_t number);
  Result<Outcome> attempt(mysql::Connection& session, const Fate& fate, Random random);
  Result<Outcome> after_error(mysql::Connection& session, const Error& error);
  Result<Outcome> end(mysql::Connection& session, const Fate& fate);
  void count(const Fate& fate);
  void count(uint64_t TrafficReport::*field, uint64_t n);

  const TrafficRequest& request_;
  Clock& clock_;
  const std::function<void(const TrafficReport&)>& on_progress_;
  ShopIds& ids_;
  const ShopRows shop_;
  const uint64_t seed_;  // of the run: the second run on a shop differs from the first
  const BootTime start_;
  Crew crew_;

  std::mutex mutex_;  // guards what follows
  TrafficReport report_;
  BootTime shown_{};
};

Result<TrafficReport> Traffic::run() {
  TRY(crew_.run(request_.connections, [this](unsigned number) { return work(number); }));
  const std::lock_guard lock(mutex_);
  TrafficReport report = report_;
  report.seconds = seconds(clock_.boot_now() - start_);
  return report;
}

// One connection.
Result<void> Traffic::work(unsigned number) {
  const auto count_failure = [this] { count(&TrafficReport::errors, 1); };
  while (auto session = TRY(crew_.connect(session_options(request_, number), count_failure))) {
    bool is_lost = false;
    while (!is_lost) {
      const auto transaction = crew_.next();
      if (!transaction) return {};
      is_lost = !TRY(make(*session, *transaction));
    }
  }
  return {};
}

Fate Traffic::fate_of(uint64_t number, Random& random) const {
  const auto mix = traffic_mix();
  if (number < mix.size()) return {&mix[number]};
  Fate fate{&pick(random), random.chance(kRollbackPercent)};
  if (random.chance(kLeftOpenPercent)) fate.left_open = milliseconds(random.between(50, 300));
  return fate;
}

// False: the connection is lost.
Result<bool> Traffic::make(mysql::Connection& session, uint64_t number) {
  Random random(seed_, number, 0);
  const Fate fate = fate_of(number, random);
  for (int attempt_no = 0; attempt_no < kAttemptsMax; ++attempt_no) {
    switch (TRY(attempt(session, fate, random))) {
      case Outcome::kDone:
        count(fate);
        return true;
      case Outcome::kStopped:
        return true;
      case Outcome::kLost:
        count(&TrafficReport::errors, 1);
        return false;
      case Outcome::kAgain:
        count(&TrafficReport::errors, 1);
        crew_.sleep(milliseconds(1 + attempt_no * 10));
        break;
      case Outcome::kAnother:
        count(&TrafficReport::conflicts, 1);
        random = Random(seed_, number, static_cast<uint64_t>(attempt_no) + 1);
        break;
    }
  }
  return true;
}

Result<Outcome> Traffic::attempt(mysql::Connection& session, const Fate& fate, Random random) {
  const auto started = session.execute("START TRANSACTION");
  if (!started.ok()) return after_error(session, started.error());
  Transaction transaction(session, shop_, ids_, random);
  const Result<bool> result = fate.kind->run(transaction);
  count(&TrafficReport::statements, transaction.statements());
  if (!result.ok()) return after_error(session, result.error());
  if (*result) return end(session, fate);
  const auto ended = session.execute("ROLLBACK");
  if (!ended.ok()) return after_error(session, ended.error());
  return Outcome::kAnother;
}

// The transaction did not come about: what next? Other errors than the expected ones end the run.
Result<Outcome> Traffic::after_error(mysql::Connection& session, const Error& error) {
  if (!session.is_open()) return Outcome::kLost;
  const unsigned code = session.last_code();
  if (!is_race(code) && !error.is_transient()) return error;
  if (!session.execute("ROLLBACK").ok()) return Outcome::kLost;
  if (!is_race(code)) return Outcome::kAgain;
  const auto read = ids_.read(session);
  if (!read.ok() && !read.error().is_transient()) return read.error();
  return session.is_open() ? Outcome::kAnother : Outcome::kLost;
}

Result<Outcome> Traffic::end(mysql::Connection& session, const Fate& fate) {
  const bool is_stopped = fate.left_open.count() > 0 && !crew_.sleep(fate.left_open);
  const auto ended = session.execute(fate.rolls_back || is_stopped ? "ROLLBACK" : "COMMIT");
  if (!ended.ok()) return after_error(session, ended.error());
  return is_stopped ? Outcome::kStopped : Outcome::kDone;
}

void Traffic::count(const Fate& fate) {
  const std::lock_guard lock(mutex_);
  ++(fate.rolls_back ? report_.rollbacks : report_.transactions);
  if (!fate.rolls_back) ++report_.changes[std::string(fate.kind->name)];
  const BootTime now = clock_.boot_now();
  if (!on_progress_ || now - shown_ < milliseconds(100)) return;
  shown_ = now;
  report_.seconds = seconds(now - start_);
  on_progress_(report_);
}

void Traffic::count(uint64_t TrafficReport::*field, uint64_t n) {
  const std::lock_guard lock(mutex_);
  report_.*field += n;
}

}  // namespace

Result<TrafficReport> run_traffic(const TrafficRequest& request, Clock& clock, std::stop_token stop,
                                  const std::function<void(const TrafficReport&)>& on_progress) {
  if (request.connections == 0) {
    return invalid("traffic needs at least one connection", "--connections 8");
  }
  ShopIds ids;
  {
    auto session = TRY(mysql::Connection::open(session_options(request, 0)));
    TRY(ids.read(session));
  }
  return Traffic(request, clock, std::move(stop), on_progress, ids).run();
}

}  // namespace syncline::generate
