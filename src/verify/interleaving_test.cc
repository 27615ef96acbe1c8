#include <thread>

#include "verify/world_testing.h"

namespace syncline::verify {

using document::DocumentKey;

/// The worst moment for everything: each act, at each stage that a verification passes, the first
/// or a later time. No order of events makes a fault out of what is only late.
class Interleaving : public World, public testing::WithParamInterface<const char*> {
 public:
  void change() { put("k3", "changed " + std::to_string(++changes_)); }
  void drop() { remove("k4"); }
  void bring_back() { put("k4", "back " + std::to_string(++changes_)); }
  void step() { stream_step(); }
  void change_and_step() {
    change();
    step();
  }
  void drop_and_step() {
    drop();
    step();
  }
  void bring_back_and_step() {
    bring_back();
    step();
  }
  void change_during_step() {
    change();
    stream_step([this] { change(); });
  }
  void owe() {
    redis_store.refused[DocumentKey("k3")] = ports::OwedReason::kRefused;
    change();
    stream_step();
  }
  void retry() { retry_owed(); }
  void accept() {
    redis_store.refused.clear();
    retry_owed();
    stream_step();
  }

  /// Does `acts` one after the other, one each time the stage is reached, from the nth time on.
  void play(std::string_view stage, int nth, const std::vector<void (Interleaving::*)()>& acts) {
    int reached = 0;
    size_t next = 0;
    bool is_acting = false;
    const auto hook = [&, this](std::string_view now) -> Result<void> {
      if (is_acting || now != stage || ++reached < nth || next == acts.size()) return {};
      is_acting = true;
      (this->*acts[next++])();
      is_acting = false;
      return {};
    };
    database.faults().set(hook);
    redis_store.faults.set(hook);
    const auto report = verify({.within = std::chrono::seconds(2)});
    database.faults().set(nullptr);
    redis_store.faults.set(nullptr);
    EXPECT_EQ(report.faults(), 0u)
        << testing::PrintToString(findings(report)) << " with " << stage << " " << nth;
  }
  void finish_load() {
    const auto& whole = mongodb_store.records[orders];
    redis_store.records[orders] = whole;
    set_loads(ports::LoadPhase::kLoaded);
  }
  /// Another load begins while the stream writes: the target refuses what the stream has read.
  void change_under_a_new_load() {
    change();
    stream_step([this] {
      first_ = (*database.reader()->open())->revision();
      ASSERT_TRUE(database.state()->begin_load(orders, redis, first_).ok());
      ASSERT_TRUE((*targets.connect(redis))->raise_floor(plans[0], first_).ok());
    });
  }
  void finish_new_load() {
    if (first_.value == 0) return;
    redis_store.records[orders] = mongodb_store.records[orders];
    ASSERT_TRUE(database.state()
                    ->set_load_phase({.document = orders,
                                      .target = redis,
                                      .phase = ports::LoadPhase::kLoaded,
                                      .first = first_})
                    .ok());
  }
  void settle_down() {
    redis_store.refused.clear();
    retry_owed();
    stream_step();
    EXPECT_EQ(verify().verdict(), "verified");
  }

 private:
  int changes_ = 0;
  document::Revision first_;
};

namespace {

using I = Interleaving;

TEST_P(Interleaving, MakesNoFaultOfWhatIsOnlyLate) {
  const std::vector<std::vector<void (I::*)()>> plays = {
      {&I::change},
      {&I::change, &I::step},
      {&I::drop},
      {&I::drop, &I::step},
      {&I::drop, &I::step, &I::bring_back, &I::step},
      {&I::bring_back, &I::drop, &I::step},
      {&I::change_and_step, &I::change_and_step, &I::change_and_step},
      {&I::drop_and_step, &I::bring_back_and_step, &I::drop_and_step, &I::bring_back_and_step},
      {&I::change_during_step, &I::step},
      {&I::owe},
      {&I::owe, &I::retry},
      {&I::owe, &I::retry, &I::step},
      {&I::owe, &I::retry, &I::step, &I::retry, &I::step, &I::retry},
      {&I::owe, &I::accept},
  };
  for (const auto& play_acts : plays) {
    for (int nth = 1; nth <= 4; ++nth) {
      // Something is dirty from the start, so that full looks come about.
      change();
      play(GetParam(), nth, play_acts);
      settle_down();
    }
  }
}

TEST_P(Interleaving, MakesNoFaultOfWhatALoadReachesMeanwhile) {
  for (int nth = 1; nth <= 4; ++nth) {
    set_loads(ports::LoadPhase::kLoading);
    redis_store.records[orders].erase(DocumentKey("k5"));
    play(GetParam(), nth, {&I::finish_load});
  }
}

TEST_P(Interleaving, MakesNoFaultOfALoadThatBeginsAnew) {
  const std::vector<std::vector<void (I::*)()>> plays = {
      {&I::change_under_a_new_load},
      {&I::change_under_a_new_load, &I::finish_new_load},
      {&I::change_under_a_new_load, &I::step, &I::finish_new_load},
  };
  for (const auto& play_acts : plays) {
    for (int nth = 1; nth <= 4; ++nth) {
      change();
      play(GetParam(), nth, play_acts);
      finish_new_load();
      settle_down();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Stages, Interleaving,
                         testing::Values("view.open", "view.open done", "view.read",
                                         "view.read_log", "view.owed", "view.close", "redis.read",
                                         "redis.read done", "newest", "state.loads",
                                         "state.loads done", "redis.walk done"),
                         [](const auto& info) {
                           std::string name = info.param;
                           for (char& c : name) c = std::isalnum(c) ? c : '_';
                           return name;
                         });

class Order : public World {
 protected:
  /// What a look with the target read before the view was opened comes to.
  Verdict judge_wrongly(const std::string& text) {
    const DocumentKey key(text);
    const std::span<const DocumentKey> keys(&key, 1);
    auto target = *targets.connect(redis);
    const auto records = *target->read(plans[0], keys);
    change_meanwhile();
    auto view = *database.reader()->open();
    const auto images = *view->read(plans[0], keys);
    const auto is_clean = view->read_log(document::LogId(), 100)->empty();
    const bool is_equal = images[0].record && records[0].is_present &&
                          *target->expected(plans[0], images[0]) == records[0].content;
    return judge({.view = view->revision(),
                  .is_in_source = images[0].record.has_value(),
                  .is_content_equal = is_equal,
                  .is_dirty = !is_clean,
                  .stored = &records[0],
                  .newest = *database.newest()});
  }
  void change_meanwhile() {
    put("k3", "changed");
    stream_step();
  }
};

TEST_F(Order, MattersTheTargetReadBeforeTheViewMakesAFalseFault) {
  EXPECT_TRUE(is_fault(judge_wrongly("k3")));
  EXPECT_EQ(verify().verdict(), "verified");
}

TEST_F(Order, MattersAFaultIsJudgedOnlyWhileTombstonesAreSureToStand) {
  int reads = 0;
  redis_store.faults.set([&](std::string_view stage) -> Result<void> {
    if (stage != "redis.read") return {};
    ++reads;
    if (reads == 1) {
      // Moved on after the first view: a full look follows.
      put("k4", "changed");
      stream_step();
    }
    if (reads == 2) {
      // Between view and target the verifier sleeps longer than a tombstone lives.
      remove("k4");
      stream_step();
      manual_clock.move(std::chrono::hours(2));
      redis_store.tombstones[orders].clear();
    }
    return {};
  });
  const auto report = verify();
  EXPECT_GE(reads, 3);
  EXPECT_EQ(report.verdict(), "verified");
}

SystemClock& real_clock() {
  static SystemClock clock;
  return clock;
}

class Traffic : public World {
 protected:
  Traffic() : World(&real_clock()) {}
};

TEST_F(Traffic, HasNoFalseFaultsAndEveryFaultThatTrafficLeft) {
  std::atomic<bool> is_over = false;
  std::jthread application([&] {
    for (uint64_t i = 1; !is_over; ++i) {
      const std::string some = key(static_cast<int>(i * 7 % 9));
      i % 5 == 0 ? remove(some) : put(some, "v" + std::to_string(i));
      if (i % 40 == 0) database.begin().set_group("g", "name " + std::to_string(i)).commit();
      std::this_thread::yield();
    }
  });
  std::jthread streamer([&] {
    while (!is_over) stream_step([] { std::this_thread::yield(); });
  });
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(verify({.within = std::chrono::seconds(0)}).faults(), 0u);
  }
  {
    const std::lock_guard lock(redis_store.mutex);
    redis_store.records[orders][DocumentKey("ghost")] = record(redis_store, "k9");
  }
  EXPECT_EQ(findings(verify()), std::vector<std::string>{"redis ghost extra"});
  is_over = true;
}

}  // namespace
}  // namespace syncline::verify
