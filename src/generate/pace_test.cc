#include "generate/pace.h"

#include <gtest/gtest.h>

namespace syncline::generate {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Time passes by sleeping alone.
class SleepingClock final : public Clock {
 public:
  BootTime boot_now() const override { return now_; }
  WallTime wall_now() const override { return {}; }
  bool sleep(std::chrono::nanoseconds duration, std::stop_token stop) override {
    if (stop.stop_requested()) return false;
    now_ += duration;
    return true;
  }

 private:
  BootTime now_{};
};

TEST(Pace, BeginsEachAtItsTime) {
  SleepingClock clock;
  Pace pace(clock, 100, seconds(1));
  for (uint64_t i = 0; i < 100; ++i) {
    EXPECT_EQ(pace.next({}), i);
    EXPECT_EQ(clock.boot_now().time_since_epoch(), milliseconds(10) * i);
  }
  EXPECT_EQ(pace.next({}), std::nullopt);
}

TEST(Pace, CatchesUpAfterADelay) {
  SleepingClock clock;
  Pace pace(clock, 100, seconds(1));
  clock.sleep(milliseconds(505), {});
  for (int i = 0; i <= 50; ++i) pace.next({});
  EXPECT_EQ(clock.boot_now().time_since_epoch(), milliseconds(505));
  pace.next({});
  EXPECT_EQ(clock.boot_now().time_since_epoch(), milliseconds(510));
}

TEST(Pace, DoesNotWaitWithoutARate) {
  SleepingClock clock;
  Pace pace(clock, 0, seconds(1));
  for (uint64_t i = 0; i < 1000; ++i) EXPECT_EQ(pace.next({}), i);
  EXPECT_EQ(clock.boot_now().time_since_epoch(), milliseconds(0));
}

TEST(Pace, EndsWithTheTime) {
  SleepingClock clock;
  Pace pace(clock, 0, seconds(1));
  EXPECT_FALSE(pace.is_over());
  clock.sleep(seconds(1), {});
  EXPECT_TRUE(pace.is_over());
  EXPECT_EQ(pace.next({}), std::nullopt);
}

TEST(Pace, EndsWhenStopped) {
  SleepingClock clock;
  Pace pace(clock, 1, seconds(100));
  std::stop_source stop;
  EXPECT_EQ(pace.next(stop.get_token()), 0u);
  stop.request_stop();
  EXPECT_EQ(pace.next(stop.get_token()), std::nullopt);
}

}  // namespace
}  // namespace syncline::generate
