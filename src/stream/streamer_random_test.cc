#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <deque>
#include <memory>
#include <random>
#include <thread>

#include "ports/memory_testing.h"
#include "stream/streamer.h"

namespace syncline::stream {
namespace {

using document::DocumentName;
using document::Revision;
using ports::ManualClock;
using ports::MemoryConnector;
using ports::MemoryDatabase;
using ports::MemoryStore;
using ports::MemoryTransaction;

/// A few documents of one type, two targets, and engines that are killed and started while
/// transactions commit late, targets go away and calls lose their acknowledgements.
struct World {
  struct Engine {
    explicit Engine(World& world)
        : targets({&world.mongo, &world.redis}, world.plans, world.clock, world.database),
          streamer(
              {world.database, targets, loads, world.plans, world.options, world.clock, counters}),
          thread([this](std::stop_token stop) { ok = streamer.run(stop).ok(); }) {}
    refresh::TargetSet targets;
    refresh::LoadTable loads;
    refresh::Counters counters;
    Streamer streamer;
    std::atomic<bool> ok{true};
    std::jthread thread;
  };

  explicit World(uint32_t seed) : random(seed) {
    options.stream_batch_documents = 3;
    options.stream_wide_documents = 2;
    for (const auto* target : {&mongo, &redis}) {
      RC_ASSERT(database.state()->begin_load(orders, target->name(), Revision(1)).ok());
    }
    const auto fault = [this](std::string_view stage) -> Result<void> {
      const std::lock_guard lock(mutex);
      if (random() % 7 == 0) std::this_thread::sleep_for(std::chrono::microseconds(random() % 60));
      if (is_faulty && random() % 60 == 0) return transient("lost at " + std::string(stage));
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
  std::string key() { return "k" + std::to_string(next(8)); }
  std::string group() { return "g" + std::to_string(next(2)); }

  void change(MemoryTransaction& transaction) {
    switch (next(6)) {
      case 0:
        transaction.remove(orders, key());
        break;
      case 1:
        transaction.set_group(group(), std::to_string(++version));
        break;
      default:
        transaction.put(orders, key(), std::to_string(++version), group());
    }
  }

  void act() {
    switch (next(12)) {
      case 0:
        engines[next(2)].reset();
        break;
      case 1:
        engines[next(2)] = std::make_unique<Engine>(*this);
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
        if (next(4) == 0 && !open.empty()) open.pop_back();  // rolled back
        break;
      case 7:
        std::this_thread::sleep_for(std::chrono::microseconds(next(500)));
        break;
      default:
        auto transaction = database.begin();
        for (uint32_t i = 0; i <= next(3); ++i) change(transaction);
        transaction.commit();
    }
  }

  /// Everything committed, every store back: what is owed is paid.
  void settle_down() {
    for (auto& transaction : open) transaction.commit();
    mongo_store.set_away(false);
    redis_store.set_away(false);
    for (auto& engine : engines) engine.reset();
    {
      const std::lock_guard lock(mutex);
      is_faulty = false;
    }
    Engine engine(*this);
    for (int i = 0; i < 20000 && !is_settled(); ++i) {
      std::this_thread::sleep_for(std::chrono::microseconds(500));
    }
    engine.thread.request_stop();
    engine.thread.join();
    RC_ASSERT(is_settled());
    RC_ASSERT(engine.ok.load());
  }
  bool is_settled() {
    return database.contents()->log.empty() && *database.change_log()->owed_count() == 0;
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
  std::deque<MemoryTransaction> open;
  std::unique_ptr<Engine> engines[2];
};

TEST(StreamerRandom, WhateverHappensTheTargetsEndEqualToTheSource) {
  EXPECT_TRUE(rc::check("targets equal source", [](uint32_t seed) {
    World world(seed);
    for (int i = 0; i < 150; ++i) world.act();
    world.settle_down();
    const auto source = world.database.documents(world.orders);
    RC_ASSERT(world.mongo_store.documents(world.orders) == source);
    RC_ASSERT(world.redis_store.documents(world.orders) == source);
    for (const char* lost : {"lost:mongodb", "lost:redis"}) {
      RC_ASSERT(world.database.state()->get(lost)->empty());  // no store lost anything
    }
    for (const auto* store : {&world.mongo_store, &world.redis_store}) {
      const auto tombstones = store->tombstones.find(world.orders);
      if (tombstones == store->tombstones.end()) continue;
      for (const auto& [key, revision] : tombstones->second) RC_ASSERT(!source.contains(key));
    }
  }));
}

}  // namespace
}  // namespace syncline::stream
