#include "stream/log_scanner.h"

#include <gtest/gtest.h>

#include "ports/memory_testing.h"
#include "stream/settler.h"

namespace syncline::stream {
namespace {

using document::DocumentKey;
using document::DocumentName;
using document::LogId;
using ports::ManualClock;
using ports::MemoryDatabase;

/// The reading stage alone: what it passes on is collected, and settled when a test says so.
class LogScannerTest : public testing::Test {
 protected:
  LogScannerTest() {
    options.stream_batch_documents = 10;
    options.stream_wide_documents = 5;
  }
  static std::string key(int i) { return "k" + std::to_string(100 + i); }

  bool step() {
    const auto worked = scanner.step([&](Work work) {
      works.push_back(std::move(work));
      return true;
    });
    EXPECT_TRUE(worked.ok()) << worked.error().text();
    return worked && *worked;
  }
  /// As the later stages do, without a target.
  void settle_all() {
    for (const auto& work : works) EXPECT_TRUE(settler.settle(work).ok());
    works.clear();
  }
  void sweep() {
    clock.move(std::chrono::seconds(2));
    while (step()) settle_all();
  }
  std::set<std::string> keys() const {
    std::set<std::string> out;
    for (const auto& work : works) {
      for (const auto& part : work.batch.parts) {
        for (const auto& image : part.images) out.insert(image.key.value);
      }
    }
    return out;
  }
  std::set<LogId> ids() const {
    std::set<LogId> out;
    for (const auto& work : works) out.insert(work.ids.begin(), work.ids.end());
    return out;
  }
  size_t watermarks() const {
    return std::count_if(works.begin(), works.end(), [](const auto& w) { return w.watermark; });
  }
  std::set<LogId> log() const {
    std::set<LogId> out;
    for (const auto& [id, row] : database.contents()->log) out.insert(id);
    return out;
  }

  const DocumentName orders{"orders"};
  ManualClock clock;
  const DocumentName clients{"clients"};
  const std::vector<document::DocumentPlan> plans{ports::memory_plan("clients"),
                                                  ports::memory_plan("orders")};
  config::Options options;
  MemoryDatabase database{clock, plans};
  refresh::TargetSet targets{{}, plans, clock, database};
  refresh::LoadTable loads;
  refresh::Counters counters;
  const refresh::Parts parts{database, targets, loads, plans, options, clock, counters};
  RowsInHand rows;
  LogScanner scanner{parts, rows};
  Settler settler{parts, rows};
  std::vector<Work> works;
};

TEST_F(LogScannerTest, SettlesOnlyWhatItsViewContained) {
  auto late = database.begin();
  late.put(orders, key(1), "late");
  database.begin().put(orders, key(2), "early").commit();
  database.faults().set([&](std::string_view stage) -> Result<void> {
    if (stage == "view.read") late.commit();  // after the view was opened
    return {};
  });
  step();
  EXPECT_EQ(keys(), std::set{key(2)});
  EXPECT_EQ(ids(), std::set{LogId(2)});
}

TEST_F(LogScannerTest, ASweepFindsARowThatWasCommittedBelowTheHead) {
  auto late = database.begin();
  late.put(orders, key(1), "late");
  database.begin().put(orders, key(2), "early").commit();
  step();
  settle_all();
  late.commit();
  step();
  EXPECT_TRUE(keys().empty());  // following the head never sees it
  clock.move(options.sweep_interval_min);
  step();
  EXPECT_EQ(keys(), std::set{key(1)});
}

TEST_F(LogScannerTest, ASweepPassesOverWhatIsInHandToTheStraggler) {
  auto late = database.begin();
  for (int i = 0; i < 30; ++i) {
    if (i == 20) late.put(orders, "late", "v");
    database.begin().put(orders, key(i), "v").commit();
  }
  for (int i = 0; i < 4; ++i) step();
  EXPECT_EQ(ids().size(), 30u);
  works.clear();
  late.commit();
  clock.move(options.sweep_interval_min);
  step();
  EXPECT_EQ(keys(), std::set<std::string>{"late"});
}

TEST_F(LogScannerTest, TheWatermarkGoesBehindEveryRowThatItsViewSaw) {
  auto late = database.begin();
  late.put(orders, key(1), "late");
  for (int i = 2; i < 30; ++i) database.begin().put(orders, key(i), "v").commit();
  step();
  settle_all();
  late.commit();
  clock.move(std::chrono::seconds(2));
  while (watermarks() == 0) step();
  EXPECT_TRUE(works.back().watermark);
  EXPECT_TRUE(keys().contains(key(1)));
  EXPECT_TRUE(keys().contains(key(29)));
  EXPECT_EQ(ids(), log());
}

TEST_F(LogScannerTest, ASweepThatMetAWideRowGivesNoWatermark) {
  for (int i = 0; i < 20; ++i) database.begin().put(orders, key(i), "v", "g").commit();
  while (step()) settle_all();
  sweep();
  works.clear();
  database.begin().set_group("g", "renamed").commit();
  clock.move(std::chrono::seconds(2));
  step();
  clock.move(std::chrono::seconds(2));
  step();
  EXPECT_EQ(watermarks(), 0u);
  EXPECT_EQ(rows.wide_rows(), 1u);
}

TEST_F(LogScannerTest, AWideRowBecomesRowsOfTheNextHopAndIsDeletedLast) {
  for (int i = 0; i < 12; ++i) database.begin().put(orders, key(i), "v", "g").commit();
  while (step()) settle_all();
  database.begin().set_group("g", "renamed").commit();
  const LogId wide = *log().begin();
  std::set<std::string> reached;
  for (int i = 0; i < 20 && !log().empty(); ++i) {
    step();
    reached.merge(keys());
    if (works.back().advance && !works.back().advance->step.cursor.empty()) {
      EXPECT_TRUE(log().contains(wide));
      EXPECT_FALSE(ids().contains(wide));
    }
    settle_all();
  }
  EXPECT_TRUE(log().empty());
  EXPECT_EQ(reached.size(), 12u);
  EXPECT_EQ(rows.wide_rows(), 0u);
}

TEST_F(LogScannerTest, ARowThatIsWideForOneTypeReachesTheFewOfAnother) {
  auto transaction = database.begin();
  for (int i = 0; i < 12; ++i) transaction.put(orders, key(i), "v", "g");
  transaction.put(clients, "only", "v", "g").commit();
  while (step()) settle_all();
  database.begin().set_group("g", "renamed").commit();
  step();
  EXPECT_EQ(keys(), std::set<std::string>{"only"});
  EXPECT_TRUE(ids().empty());
}

TEST_F(LogScannerTest, APageEndsEarlyWhereItsRowsLeadToTooManyDocuments) {
  options.stream_batch_documents = 1000;
  auto transaction = database.begin();
  for (int i = 0; i < 3000; ++i) {
    transaction.put(orders, "k" + std::to_string(10000 + i), "v", "g" + std::to_string(i / 5));
  }
  transaction.commit();
  while (step()) settle_all();
  auto renames = database.begin();
  for (int g = 0; g < 600; ++g) renames.set_group("g" + std::to_string(g), "renamed");
  renames.commit();
  works.clear();
  step();
  EXPECT_EQ(ids().size(), 500u);
  EXPECT_EQ(watermarks(), 0u);
  step();
  EXPECT_EQ(ids().size(), 600u);
  EXPECT_EQ(keys().size(), 3000u);
}

TEST_F(LogScannerTest, EndsItsViewBeforeItPassesWorkOn) {
  int open = 0;
  database.faults().set([&](std::string_view stage) -> Result<void> {
    if (stage == "view.open done") ++open;
    if (stage == "view.close") --open;
    return {};
  });
  database.begin().put(orders, key(1), "v").commit();
  int batches = 0;
  ASSERT_TRUE(scanner
                  .step([&](const Work&) {
                    ++batches;
                    EXPECT_EQ(open, 0);
                    return true;
                  })
                  .ok());
  EXPECT_GT(batches, 0);
}

TEST_F(LogScannerTest, AWideRowThatAnotherEngineAdvancedIsFoundAgain) {
  for (int i = 0; i < 12; ++i) database.begin().put(orders, key(i), "v", "g").commit();
  while (step()) settle_all();
  database.begin().set_group("g", "renamed").commit();
  step();  // the first step is computed, and another engine is quicker
  const auto row = database.contents()->log.begin()->second;
  ASSERT_TRUE(database.change_log()->advance(row, {.cursor = "orders|k103"}).ok());
  settle_all();
  for (int i = 0; i < 5; ++i) sweep();
  EXPECT_TRUE(log().empty());
}

TEST_F(LogScannerTest, AnIdleStreamNumbersOneViewASecond) {
  int views = 0;
  database.faults().set([&](std::string_view stage) -> Result<void> {
    if (stage == "view.open") ++views;
    return {};
  });
  for (int i = 0; i < 1000; ++i) {
    step();
    clock.move(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(views, 10);
  EXPECT_EQ(watermarks(), 10u);
}

TEST_F(LogScannerTest, SweepsNoSoonerThanTwentyTimesTheirCost) {
  int polls = 0;
  database.faults().set([&](std::string_view stage) -> Result<void> {
    if (stage != "log.first_above") return {};
    ++polls;
    clock.move(std::chrono::milliseconds(100));  // each of a sweep and of the head
    return {};
  });
  step();
  EXPECT_EQ(polls, 2);
  for (int i = 0; i < 19; ++i) step();
  EXPECT_EQ(polls, 2 + 19);
  step();
  EXPECT_EQ(polls, 2 + 19 + 2);
}

TEST_F(LogScannerTest, ReadsPiecesThatFitInMemoryAndSettlesWithTheLast) {
  options.read_bytes_max = 4000;
  LogScanner small(parts, rows);
  auto transaction = database.begin();
  for (int i = 0; i < 10; ++i) transaction.put(orders, key(i), std::string(600, 'x'));
  transaction.commit();
  for (int i = 0; i < 2; ++i) {  // the first page learns how large documents are
    ASSERT_TRUE(small
                    .step([&](Work work) {
                      works.push_back(std::move(work));
                      return true;
                    })
                    .ok());
    if (i == 0) {
      works.clear();
      transaction.put(orders, key(50), "y");
      for (int k = 0; k < 9; ++k) transaction.put(orders, key(k), std::string(600, 'y'));
      transaction.commit();
    }
  }
  std::vector<Work> batches;
  for (auto& work : works) {
    if (!work.batch.parts.empty()) batches.push_back(std::move(work));
  }
  ASSERT_GT(batches.size(), 2u);
  for (size_t i = 0; i < batches.size(); ++i) {
    EXPECT_EQ(batches[i].ids.empty(), i + 1 < batches.size());
    if (i == 0) continue;
    EXPECT_GT(batches[i].batch.revision, batches[i - 1].batch.revision);
  }
}

TEST_F(LogScannerTest, ALogRowOfAnUnknownNumberMeansANewerGeneration) {
  database.begin().log(ports::kMemoryUnknown, "x").commit();
  const auto worked = scanner.step([](Work) { return true; });
  ASSERT_FALSE(worked.ok());
  EXPECT_EQ(worked.error().kind(), ErrorKind::kConflict);
}

}  // namespace
}  // namespace syncline::stream
