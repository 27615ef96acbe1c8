#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "mysql/capture_tables.h"
#include "mysql/reading_testing.h"

namespace syncline::mysql {
namespace {

using document::DocumentKey;
using document::DocumentName;
using document::TableName;
using testing::ElementsAre;
using testing::HasSubstr;

class Numbering : public ReadingTest {
 protected:
  void SetUp() override {
    ReadingTest::SetUp();
    run({"CREATE TABLE t (id INT PRIMARY KEY, v BIGINT NOT NULL)",
         "INSERT INTO t VALUES (0, 0), (1, 0), (2, 0), (3, 0)"});
    install_pipeline({{.name = DocumentName("t"), .root = {.table = TableName("t")}}});
  }

  std::string clock() const { return own_table(context_->name, "clock"); }

  Error refusal() {
    const auto own = reader();
    const auto refused = own->open();
    if (refused.ok()) throw std::runtime_error("a view was opened");
    return refused.error();
  }

  /// The id of the reader's session.
  std::string session_id() {
    return value("SELECT id FROM information_schema.processlist WHERE db = '" + name_ +
                 "' AND id <> CONNECTION_ID()");
  }
};
SYNCLINE_SERVERS(Numbering);

int64_t counter(const document::Image& image) { return std::get<int64_t>(image.record->values[1]); }

TEST_P(Numbering, AViewSeesAllThatALowerNumberSaw) {
  constexpr int kCounters = 4;
  struct Seen {
    uint64_t revision;
    std::vector<int64_t> counters;
  };
  std::mutex mutex;
  std::vector<Seen> seen;
  std::atomic<bool> is_over = false;
  std::vector<std::jthread> threads;
  for (int i = 0; i < kCounters; ++i) {
    threads.emplace_back([&, i] {
      Connection session = connect();
      while (!is_over)
        need(session.execute(fmt::format("UPDATE t SET v = v + 1 WHERE id = {}", i)));
    });
  }
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      const auto own = reader();
      while (!is_over) {
        const auto open = need(own->open());
        const auto images = need(open->read(plan(), keys_of({"0", "1", "2", "3"})));
        Seen one{open->revision().value, std::vector<int64_t>(kCounters)};
        for (const auto& image : images) one.counters[std::stoi(image.key.value)] = counter(image);
        const std::lock_guard lock(mutex);
        seen.push_back(one);
      }
    });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(1200));
  is_over = true;
  threads.clear();
  std::ranges::sort(seen, {}, &Seen::revision);
  ASSERT_GT(seen.size(), 20u);
  for (size_t i = 1; i < seen.size(); ++i) {
    ASSERT_LT(seen[i - 1].revision, seen[i].revision);
    for (int c = 0; c < kCounters; ++c)
      ASSERT_LE(seen[i - 1].counters[c], seen[i].counters[c]) << "view " << i;
  }
  EXPECT_GT(seen.back().counters[0], 0);
}

TEST_P(Numbering, ANumberIsMicrosecondsByTheServersClock) {
  const auto before =
      std::stoull(value("SELECT CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS UNSIGNED)"));
  const uint64_t revision = view()->revision().value;
  const auto after =
      std::stoull(value("SELECT CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS UNSIGNED)"));
  EXPECT_LE(before, revision);
  EXPECT_LE(revision, after);
}

TEST_P(Numbering, NumbersRiseByOneWhenTheClockStandsBehind) {
  execute(fmt::format("UPDATE {} SET rev = 9000000000000000", clock()));
  EXPECT_EQ(view()->revision().value, 9000000000000001u);
  EXPECT_EQ(view()->revision().value, 9000000000000002u);
}

TEST_P(Numbering, AViewSeesNothingThatCommitsAfterIt) {
  const auto open = view();
  run({"UPDATE t SET v = 7 WHERE id = 1", "DELETE FROM t WHERE id = 2"});
  EXPECT_THAT(shown(plan(), need(open->read(plan(), keys_of({"1", "2"})))),
              ElementsAre(R"(1={"id":1,"v":0})", R"(2={"id":2,"v":0})"));
  EXPECT_TRUE(need(open->read_log(document::LogId(0), 10)).empty());
}

TEST_P(Numbering, TheNextViewOfAReaderSeesWhatCommittedMeanwhile) {
  view();
  execute("UPDATE t SET v = 7 WHERE id = 1");
  const auto open = view();
  EXPECT_THAT(shown(plan(), need(open->read(plan(), keys_of({"1"})))),
              ElementsAre(R"(1={"id":1,"v":7})"));
  const auto log = need(open->read_log(document::LogId(0), 10));
  ASSERT_EQ(log.size(), 1u);
  EXPECT_EQ(log[0].key, "1");
}

TEST_P(Numbering, LogRowsComeInOrderAboveTheId) {
  for (int i = 0; i < 4; ++i) execute(fmt::format("UPDATE t SET v = 1 WHERE id = {}", i));
  const auto open = view();
  const auto all = need(open->read_log(document::LogId(0), 10));
  ASSERT_EQ(all.size(), 4u);
  EXPECT_TRUE(std::ranges::is_sorted(all, {}, &ports::LogRow::id));
  const auto some = need(open->read_log(all[0].id, 2));
  ASSERT_EQ(some.size(), 2u);
  EXPECT_EQ(some[0].id, all[1].id);
  EXPECT_EQ(some[1].id, all[2].id);
}

TEST_P(Numbering, ANewerGenerationIsRefused) {
  execute(fmt::format("UPDATE {} SET generation = 2", clock()));
  const Error error = refusal();
  EXPECT_EQ(error.kind(), ErrorKind::kConflict);
  EXPECT_THAT(error.text(), HasSubstr("generation 2, this process at 1"));
}

TEST_P(Numbering, AnotherServerIsRefused) {
  execute(fmt::format("UPDATE {} SET server = 'elsewhere'", clock()));
  const Error error = refusal();
  EXPECT_EQ(error.kind(), ErrorKind::kConflict);
  EXPECT_THAT(error.text(), HasSubstr("belongs to MySQL server elsewhere"));
  EXPECT_THAT(error.hint(), HasSubstr("--adopt"));
}

TEST_P(Numbering, AServerThatWentBackInTimeIsRefused) {
  context_->known_revision = 9000000000000000;
  const Error error = refusal();
  EXPECT_EQ(error.kind(), ErrorKind::kConflict);
  EXPECT_THAT(error.text(), HasSubstr("went back in time"));
}

TEST_P(Numbering, EveryOpenedViewRaisesWhatTheProcessKnows) {
  view();
  execute(fmt::format("UPDATE {} SET rev = 5", clock()));
  EXPECT_THAT(refusal().text(), HasSubstr("went back in time"));
}

TEST_P(Numbering, ARefusedViewLeavesTheLockFree) {
  execute(fmt::format("UPDATE {} SET generation = 2", clock()));
  const auto refused = reader();
  EXPECT_FALSE(refused->open().ok());
  EXPECT_EQ(value(fmt::format("SELECT IS_FREE_LOCK('syncline_{}.view')", name_)), "1");
}

TEST_P(Numbering, NoNumberIsHandedOutWhileAnotherViewOpens) {
  view();
  const std::string lock = fmt::format("'syncline_{}.view'", name_);
  execute(fmt::format("DO GET_LOCK({}, 0)", lock));
  const std::string before = value("SELECT rev FROM " + clock());
  const auto own = reader();
  std::jthread opening([&] { EXPECT_TRUE(own->open().ok()); });
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_EQ(value("SELECT rev FROM " + clock()), before);
  execute(fmt::format("DO RELEASE_LOCK({})", lock));
  opening.join();
  EXPECT_GT(value("SELECT rev FROM " + clock()), before);
}

TEST_P(Numbering, AViewWithoutTheLockDoesNotCount) {
  const std::string lock = fmt::format("'syncline_{}.view'", name_);
  execute(fmt::format("DO GET_LOCK({}, 0)", lock));
  const auto own = reader();
  std::optional<Error> error;
  {
    std::jthread opening([&] {
      const auto refused = own->open();
      if (!refused.ok()) error = refused.error();
    });
    // Its wait is interrupted: the rest of the packet runs all the same.
    const std::string waiting =
        "SELECT id FROM information_schema.processlist WHERE info LIKE 'SELECT GET_LOCK%' AND db = "
        "'" +
        name_ + "'";
    std::string id = "NULL";
    while (id == "NULL") id = value(waiting);
    execute("KILL QUERY " + id);
  }
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::kTransient) << error->text();
  execute(fmt::format("DO RELEASE_LOCK({})", lock));
  EXPECT_TRUE(own->open().ok());
}

TEST_P(Numbering, AMissingClockNamesTheCure) {
  execute(fmt::format("DELETE FROM {}", clock()));
  EXPECT_THAT(refusal().hint(), HasSubstr("capture install"));
}

TEST_P(Numbering, AKilledSessionIsReplaced) {
  const auto own = reader();
  need(own->open());
  execute(
      fmt::format("KILL {}", value("SELECT id FROM information_schema.processlist WHERE db = '" +
                                   name_ + "' AND id <> CONNECTION_ID()")));
  EXPECT_TRUE(own->open().ok());
}

TEST_P(Numbering, AViewWhoseSessionDiesIsTransientAndTheNextOneOpens) {
  const auto own = reader();
  auto open = need(own->open());
  execute(
      fmt::format("KILL {}", value("SELECT id FROM information_schema.processlist WHERE db = '" +
                                   name_ + "' AND id <> CONNECTION_ID()")));
  const auto read = open->read(plan(), keys_of({"1"}));
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().kind(), ErrorKind::kTransient);
  EXPECT_FALSE(open->read(plan(), keys_of({"1"})).ok());
  open.reset();
  EXPECT_TRUE(own->open().ok());
}

TEST_P(Numbering, ATableRebuiltInsideAViewAsksForANewOne) {
  const auto open = view();
  run({"INSERT INTO t VALUES (9, 9)", "TRUNCATE TABLE t"});
  const auto read = open->read(plan(), keys_of({"1"}));
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().kind(), ErrorKind::kTooOld);
}

}  // namespace
}  // namespace syncline::mysql
