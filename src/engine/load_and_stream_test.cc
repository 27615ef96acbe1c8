#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <deque>
#include <memory>
#include <random>
#include <thread>

#include "ports/memory_testing.h"
#include "snapshot/snapshot.h"
#include "stream/streamer.h"

namespace syncline::engine {
namespace {

using document::DocumentName;
using ports::ManualClock;
using ports::MemoryConnector;
using ports::MemoryDatabase;
using ports::MemoryStore;

/// Loads and streams at once, over the same few documents, in two processes that know nothing of
/// each other and are killed and started anew, while transactions commit late, targets go away,
/// acknowledgements get lost and loads are begun anew.
struct World {
  struct Process {
    explicit Process(World& world)
        : targets({&world.mongo, &world.redis}, world.plans, world.clock, world.database),
          snapshot(
              {world.database, targets, loads, world.plans, world.options, world.clock, counters}),
          streamer(
              {world.database, targets, loads, world.plans, world.options, world.clock, counters}),
          streaming([this](std::stop_token stop) { is_right = streamer.run(stop).ok(); }),
          loading([this](std::stop_token stop) {
            while (!stop.stop_requested()) {
              (void)snapshot.run({}, false, stop, {}).ok();
              std::this_thread::sleep_for(std::chrono::microseconds(200));
            }
          }) {}
    refresh::TargetSet targets;
    refresh::LoadTable loads;
    refresh::Counters counters;
    snapshot::Snapshot snapshot;
    stream::Streamer streamer;
    std::atomic<bool> is_right{true};
    std::jthread streaming;
    std::jthread loading;
  };

  explicit World(uint32_t seed) : random(seed) {
    options.stream_batch_documents = 3;
    options.stream_wide_documents = 2;
    options.snapshot_chunk_documents = 3;
    const auto fault = [this](std::string_view stage) -> Result<void> {
      const std::lock_guard lock(mutex);
      if (random() % 9 == 0) std::this_thread::sleep_for(std::chrono::microseconds(random() % 60));
      if (is_faulty && random() % 80 == 0) return transient("lost at " + std::string(stage));
      return {};
    };
    for (auto* faults : {&database.faults(), &mongo_store.faults, &redis_store.faults}) {
      faults->set(fault);
    }
  }

  uint32_t next(uint32_t below) {
    const std::lock_guard lock(mutex);
    return static_cast<uint32_t>(random() % below);
  }

  void change(ports::MemoryTransaction& transaction) {
    const std::string key = "k" + std::to_string(next(12));
    const std::string group = "g" + std::to_string(next(2));
    const uint32_t kind = next(6);
    if (kind == 0) transaction.remove(orders, key);
    if (kind == 1) transaction.set_group(group, std::to_string(++version));
    if (kind > 1) transaction.put(orders, key, std::to_string(++version), group);
  }

  void act() {
    switch (next(14)) {
      case 0:
        processes[next(2)].reset();
        break;
      case 1:
        processes[next(2)] = std::make_unique<Process>(*this);
        break;
      case 2:
        (next(2) ? mongo_store : redis_store).set_away(next(2));
        break;
      case 3:
      case 4:
        open.push_back(database.begin());
        change(open.back());
        break;
      case 5:
        if (!open.empty()) {
          open.front().commit();
          open.pop_front();
        }
        break;
      case 6:
        forget_load();
        break;
      case 7:
      case 8:
        std::this_thread::sleep_for(std::chrono::microseconds(next(800)));
        break;
      default:
        auto transaction = database.begin();
        for (uint32_t i = 0; i <= next(3); ++i) change(transaction);
        transaction.commit();
    }
  }

  /// The load begins anew whatever the processes are doing: one of them lost the lock.
  void forget_load() {
    const auto& target = next(2) ? mongo.name() : redis.name();
    while (!database.state()->set_load_phase({.document = orders, .target = target}).ok()) {
    }
  }

  void settle_down() {
    for (auto& transaction : open) transaction.commit();
    mongo_store.set_away(false);
    redis_store.set_away(false);
    for (auto& process : processes) process.reset();
    {
      const std::lock_guard lock(mutex);
      is_faulty = false;
    }
    Process last(*this);
    for (int i = 0; i < 20000 && !is_settled(); ++i) {
      std::this_thread::sleep_for(std::chrono::microseconds(500));
    }
    RC_ASSERT(is_settled());
    RC_ASSERT(last.is_right.load());
  }
  bool is_settled() {
    const auto loads = *database.state()->loads();
    const auto is_loaded = [](const auto& load) { return load.phase == ports::LoadPhase::kLoaded; };
    return loads.size() == 2 && std::all_of(loads.begin(), loads.end(), is_loaded) &&
           database.contents()->log.empty() && *database.change_log()->owed_count() == 0;
  }

  const DocumentName orders{"orders"};
  ManualClock clock;
  const std::vector<document::DocumentPlan> plans{ports::memory_plan("orders")};
  config::Options options;
  MemoryDatabase database{clock, plans};
  MemoryStore mongo_store{clock}, redis_store{clock};
  MemoryConnector mongo{"mongodb", mongo_store}, redis{"redis", redis_store};
  std::mutex mutex;  // guards random and is_faulty
  std::minstd_rand random;
  bool is_faulty = true;
  int version = 0;
  std::deque<ports::MemoryTransaction> open;
  std::unique_ptr<Process> processes[2];
};

TEST(LoadAndStream, WhateverHappensTheTargetsEndEqualToTheSource) {
  EXPECT_TRUE(rc::check("targets equal source", [](uint32_t seed) {
    World world(seed);
    for (int i = 0; i < 120; ++i) world.act();
    world.settle_down();
    const auto source = world.database.documents(world.orders);
    RC_ASSERT(world.mongo_store.documents(world.orders) == source);
    RC_ASSERT(world.redis_store.documents(world.orders) == source);
  }));
}

}  // namespace
}  // namespace syncline::engine
