#include "cli/watch_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.h"
#include "cli/terminal.h"

namespace syncline::cli {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr uint64_t kNow = 1'764'000'000'000'000;

engine::DocumentStatus loaded(const std::string& document, const std::string& target) {
  return {.document = document,
          .target = target,
          .phase = "loaded",
          .records = 29'783,
          .verdict = "verified",
          .verified_at = "2025-11-24 15:59:58"};
}

WatchView running(size_t documents) {
  WatchView view{.sighting = {.pipeline = "shop", .is_running = true}, .now_us = kNow};
  engine::Status status{.phase = "running", .host = "db1", .pid = 4711, .published_us = kNow};
  status.lag_seconds = 0.3;
  status.documents_per_second = 1234;
  status.watermark = kNow;
  status.targets = {{"mongodb", true, ""}, {"redis", true, ""}};
  for (size_t i = 0; i < documents; ++i)
    for (const char* target : {"mongodb", "redis"})
      status.documents_by_target.push_back(loaded("document_" + std::to_string(i), target));
  view.sighting.status = status;
  for (int i = 0; i < 200; ++i) view.history.push_back({true, i * 10.0, 0.1});
  return view;
}

std::string page(const WatchView& view, Extent extent) {
  return join(watch_page(view, extent), "\n");
}

TEST(WatchPage, FitsEveryWindow) {
  WatchView view = running(40);
  view.sighting.status->held_up_by = std::string(300, 'x');
  view.sighting.status->targets[1] = {"redis", false, std::string(300, 'y'), 83};
  view.sighting.status->load = {.document = "a_rather_long_name_of_a_document_type"};
  for (const size_t columns : {1, 20, 60, 80, 200}) {
    for (const size_t rows : {1, 5, 12, 24, 60}) {
      const auto lines = watch_page(view, {columns, rows});
      EXPECT_LE(lines.size(), rows);
      for (const std::string& line : lines) EXPECT_LE(columns_of(line), columns) << line;
    }
  }
}

TEST(WatchPage, ShowsFiguresAndVerdicts) {
  for (const size_t columns : {60, 80, 200}) {
    const std::string text = page(running(3), {columns, 24});
    EXPECT_THAT(text, AllOf(HasSubstr("shop  running on db1, pid 4711"), HasSubstr("0.3 s"),
                            HasSubstr("1,234/s"), HasSubstr("document_2"), HasSubstr("29,783"),
                            HasSubstr("verified")));
    EXPECT_THAT(text, Not(HasSubstr("more")));
  }
}

TEST(WatchPage, CountsWhatItCannotShow) {
  const auto lines = watch_page(running(40), {80, 24});
  const auto rows = std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
    return line.starts_with("document_");
  });
  EXPECT_EQ(lines.size(), 24u);
  EXPECT_EQ(lines.back(), "and " + std::to_string(80 - rows) + " more");
  EXPECT_GT(rows, 5);
}

TEST(WatchPage, CutsWhatIsWellBeforeWhatIsNot) {
  WatchView view = running(40);
  auto& documents = view.sighting.status->documents_by_target;
  documents[71].verdict = "3 faults";
  documents[75].owed = 7;
  documents[79].phase = "loading";
  EXPECT_THAT(page(view, {80, 24}), AllOf(HasSubstr("3 faults"), HasSubstr("document_37"),
                                          HasSubstr("loading"), HasSubstr("and 68 more")));
}

TEST(WatchPage, SaysWhenNoEngineRuns) {
  WatchView view = running(2);
  view.sighting.is_running = false;
  EXPECT_THAT(page(view, {80, 24}),
              AllOf(HasSubstr("no engine is running: start one with `syncline run`"),
                    HasSubstr("last word, at 2025-11-24 16:00:00 UTC"), HasSubstr("document_1"),
                    Not(HasSubstr("1,234/s"))));
  view.sighting.status.reset();
  EXPECT_THAT(page(view, {80, 24}), HasSubstr("no engine has run yet"));
}

TEST(WatchPage, SaysWhatKeepsItFromLooking) {
  WatchView view = running(2);
  view.sighting.trouble = "MySQL at db:3306 is away (2006)";
  view.trouble_seconds = 83;
  EXPECT_THAT(page(view, {80, 24}), AllOf(HasSubstr("MySQL at db:3306 is away"),
                                          HasSubstr("shop  no news for 1:23; trying again"),
                                          Not(HasSubstr("running on"))));
}

TEST(WatchPage, NamesWhatHoldsThingsUp) {
  WatchView view = running(2);
  view.sighting.status->held_up_by = "redis is away, and 10,000 keys are owed to it";
  view.sighting.status->targets[1] = {"redis", false, "connection refused", 83};
  view.sighting.status->wide_rows = 2;
  EXPECT_THAT(page(view, {80, 24}), AllOf(HasSubstr("held up   redis is away, and 10,000 keys"),
                                          HasSubstr("redis     away for 1:23: connection refused"),
                                          HasSubstr("2 rows that reach many documents")));
}

TEST(WatchPage, DrawsABarForTheLoad) {
  WatchView view = running(2);
  view.sighting.status->load = {.document = "orders", .documents = 30'000};
  EXPECT_THAT(page(view, {80, 24}), HasSubstr("loading   orders, 30,000"));
  view.sighting.rows["orders"] = 60'000;
  EXPECT_THAT(page(view, {80, 24}),
              HasSubstr("[############            ]  50 %  orders  30,000 of about 60,000"));
}

TEST(WatchPage, ItsHistoryRisesWithTheRate) {
  WatchView view = running(1);
  view.history = {{true, 0, 0}, {true, 700, 0}, {false, 0, 0}, {true, 1400, 0}};
  EXPECT_THAT(page(view, {80, 24}), AllOf(HasSubstr("▁▅ █"), HasSubstr("at most 1,400/s"),
                                          HasSubstr("▁▁ ▁"), HasSubstr("in 0:04")));
  view.is_utf8 = false;
  EXPECT_THAT(page(view, {80, 24}), HasSubstr("_= #"));
}

}  // namespace
}  // namespace syncline::cli
