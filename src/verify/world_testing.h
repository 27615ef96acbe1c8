#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ports/memory_testing.h"
#include "refresh/settlement.h"
#include "refresh/writer.h"
#include "verify/verifier.h"

namespace syncline::verify {

/// A source with ten loaded orders, two stores, and a stream that takes a step when it is told to.
class World : public testing::Test {
 protected:
  explicit World(Clock* other_clock = nullptr)
      : clock(other_clock ? *other_clock : static_cast<Clock&>(manual_clock)) {
    auto transaction = database.begin();
    transaction.set_group("g", "group");
    for (int i = 0; i < 10; ++i) transaction.put(orders, key(i), "v" + std::to_string(i), "g");
    transaction.commit();
    stream_step();
    set_loads(ports::LoadPhase::kLoaded);
  }

  static std::string key(int i) { return "k" + std::to_string(i); }

  void put(const std::string& key, const std::string& value) {
    database.begin().put(orders, key, value, "g").commit();
  }
  void remove(const std::string& key) { database.begin().remove(orders, key).commit(); }

  void set_loads(ports::LoadPhase phase) {
    for (const auto& name : targets.names()) {
      ASSERT_TRUE(database.state()
                      ->set_load_phase({.document = orders, .target = name, .phase = phase})
                      .ok());
    }
  }

  /// Refreshes everything that is dirty, as the stream does: a view, then the targets, then settle.
  /// `between` runs after the view was closed and before anything is written.
  void stream_step(const std::function<void()>& between = {}) {
    refresh::Writer writer(targets, clock);
    auto reader = database.reader();
    auto log = database.change_log();
    const BootTime taken_on = clock.boot_now();
    std::vector<document::LogId> ids;
    Result<refresh::Batch> batch = [&]() -> Result<refresh::Batch> {
      const auto view = TRY(reader->open());
      const auto rows = TRY(view->read_log(document::LogId(), 100000));
      for (const auto& row : rows) ids.push_back(row.id);
      return refresh::read_keys(*view, taken_on, plans, TRY(view->resolve(rows, 1000)).keys);
    }();
    if (!batch.ok()) return;
    if (between) between();
    const auto outcomes = writer.write(*batch, targets.names());
    auto settlement = refresh::settlement_of(
        *batch, outcomes, true, [](const auto&, const auto&) { return false; }, counters);
    if (!settlement.ok()) return;
    settlement->ids = ids;
    (void)log->settle(*settlement).ok();
  }
  void retry_owed() { ASSERT_TRUE(database.change_log()->retry_owed(redis, 1000).ok()); }

  Result<Report> try_verify(Request request = {}) {
    Verifier verifier({database, targets, plans, options, clock});
    return verifier.run(request, stop.get_token(), {});
  }
  Report verify(Request request = {}) {
    auto report = try_verify(request);
    EXPECT_TRUE(report.ok()) << report.error().text();
    return report.ok() ? *report : Report{};
  }
  /// The verdicts of all findings, as "redis k3 missing".
  static std::vector<std::string> findings(const Report& report) {
    std::vector<std::string> out;
    for (const auto& f : report.findings) {
      out.push_back(f.target.value + " " + f.key.value + " " + std::string(to_string(f.verdict)));
    }
    return out;
  }
  ports::MemoryStore::Record& record(ports::MemoryStore& store, const std::string& key) {
    return store.records[orders][document::DocumentKey(key)];
  }
  static void flip(ports::MemoryStore::Record& record) {
    std::get<std::string>(record.content.values[1]) += "?";
  }

  const document::DocumentName orders{"orders"};
  const document::TargetName redis{"redis"}, mongodb{"mongodb"};
  ports::ManualClock manual_clock;
  Clock& clock;
  const std::vector<document::DocumentPlan> plans{ports::memory_plan("orders")};
  config::Options options;
  ports::MemoryDatabase database{clock, plans};
  ports::MemoryStore redis_store{clock}, mongodb_store{clock};
  ports::MemoryConnector redis_connector{"redis", redis_store};
  ports::MemoryConnector mongodb_connector{"mongodb", mongodb_store};
  refresh::TargetSet targets{{&mongodb_connector, &redis_connector}, plans, clock, database};
  refresh::Counters counters;
  std::stop_source stop;
};

}  // namespace syncline::verify
