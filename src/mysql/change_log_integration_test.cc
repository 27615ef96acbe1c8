#include "mysql/change_log.h"

#include <gmock/gmock.h>

#include <numeric>

#include "base/log.h"
#include "mysql/leadership.h"
#include "mysql/mysql_database.h"
#include "mysql/server_testing.h"
#include "mysql/state.h"

namespace syncline::mysql {
namespace {

using document::DocumentKey;
using document::DocumentName;
using document::LogId;
using document::Revision;
using document::TargetName;
using ports::LogRow;
using ports::OwedKey;
using ports::OwedReason;
using testing::ElementsAre;
using testing::IsEmpty;

const TargetName kRedis("redis");
const TargetName kMongo("mongodb");
const DocumentName kDocument("a");

class Pipeline : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    run({"CREATE TABLE a (id INT PRIMARY KEY)"});
    need(install({document_of("a", "a")}));
    log_.emplace(context());
    state_.emplace(context());
  }

  std::string own(const std::string& table) { return "syncline_" + name_ + "." + table; }
  std::vector<LogId> ids() {
    std::vector<LogId> ids;
    for (const auto& row : need(app_->rows("SELECT id FROM " + own("change_log") + " ORDER BY id")))
      ids.emplace_back(std::stoull(*row[0]));
    return ids;
  }
  static OwedKey owed(const std::string& key, uint64_t revision,
                      OwedReason reason = OwedReason::kRefused, const TargetName& target = kRedis) {
    return {target, kDocument, DocumentKey(key), reason, "why", Revision(revision)};
  }
  void owe(std::vector<OwedKey> keys) { need(log_->settle({.owed = std::move(keys)})); }
  void pay(const std::string& key, uint64_t revision) {
    need(log_->settle({.paid = {{kRedis, kDocument, Revision(revision), {DocumentKey(key)}}}}));
  }
  std::string owed_keys() {
    return column("SELECT CONCAT(target, ' ', k, ' ', revision) FROM " + own("owed") +
                  " ORDER BY 1");
  }
  void make_due() { run({"UPDATE " + own("owed") + " SET due = NOW(6) WHERE due IS NOT NULL"}); }

  std::optional<MysqlChangeLog> log_;
  std::optional<MysqlState> state_;
};
SYNCLINE_SERVERS(Pipeline);

TEST_P(Pipeline, ThePollFindsTheLowestRowAboveTheHead) {
  EXPECT_EQ(need(log_->first_above(LogId(0))), std::nullopt);
  run({"INSERT INTO a VALUES (1), (2)"});
  const auto rows = ids();
  EXPECT_EQ(need(log_->first_above(LogId(0))), rows[0]);
  EXPECT_EQ(need(log_->first_above(rows[0])), rows[1]);
  EXPECT_EQ(need(log_->first_above(rows[1])), std::nullopt);
}

TEST_P(Pipeline, SettlingIsOneTransaction) {
  run({"INSERT INTO a VALUES (1), (2)"});
  const auto rows = ids();
  // The last key cannot be noted (its target's name is too long): nothing is.
  std::vector<OwedKey> keys(600, owed("1", 5));
  keys.push_back(owed("1", 5, OwedReason::kAway, TargetName(std::string(99, 'x'))));
  EXPECT_FALSE(log_->settle({.ids = rows, .owed = keys}).ok());
  EXPECT_EQ(need(log_->owed_count()), 0u);
  EXPECT_EQ(ids(), rows);
  need(log_->settle({.ids = rows, .owed = {owed("1", 5)}}));
  EXPECT_THAT(ids(), IsEmpty());
  EXPECT_EQ(owed_keys(), "redis 1 5");
  need(log_->settle({.ids = rows}));
  need(log_->settle({}));
}

TEST_P(Pipeline, CountersAreNotedWithTheSettlementAndOnlyRise) {
  const auto noted = [&] {
    return column("SELECT CONCAT(target, ' ', noted) FROM " + own("write_counters") +
                  " ORDER BY 1");
  };
  run({"INSERT INTO a VALUES (1)"});
  // What cannot be settled is not noted either.
  const OwedKey impossible = owed("1", 5, OwedReason::kAway, TargetName(std::string(99, 'x')));
  EXPECT_FALSE(log_->settle({.owed = {impossible}, .written = {{kRedis, kDocument, 7}}}).ok());
  EXPECT_EQ(noted(), "");
  need(log_->settle({.ids = ids(), .written = {{kRedis, kDocument, 7}, {kMongo, kDocument, 3}}}));
  need(log_->settle({.written = {{kRedis, kDocument, 5}, {kMongo, kDocument, 4}}}));
  EXPECT_EQ(noted(), "mongodb 4,redis 7");
  const Revision floor = need(state_->begin_load(kDocument, kRedis, Revision(1)));
  const ports::Load load{kDocument, kRedis, ports::LoadPhase::kLoading, floor};
  need(state_->claim_chunk({&load, 1}, {}));
  need(state_->finish_chunk(load, 0, 0, {}, 9));
  EXPECT_TRUE(need(state_->chunks(kDocument, kRedis))[0].is_done);
  EXPECT_EQ(noted(), "mongodb 4,redis 9");
  need(state_->forget_writes(kDocument, kRedis));
  EXPECT_EQ(noted(), "mongodb 4");
}

TEST_P(Pipeline, ALossIsNotedOnceAndSetsOnlyItsTargetsLoadsBack) {
  for (const TargetName& target : {kRedis, kMongo}) {
    const Revision floor = need(state_->begin_load(kDocument, target, Revision(1)));
    need(state_->set_load_phase({kDocument, target, ports::LoadPhase::kLoaded, floor}));
  }
  need(log_->settle({.written = {{kRedis, kDocument, 7}}}));
  const ports::WriteCount leap{kRedis, kDocument, 1007};
  EXPECT_TRUE(need(state_->note_loss(kRedis, {&leap, 1}, "3 of 7")));
  EXPECT_FALSE(need(state_->note_loss(kRedis, {&leap, 1}, "again")));
  EXPECT_EQ(need(state_->get("lost:redis")), "3 of 7");
  EXPECT_EQ(column("SELECT CONCAT(target, ' ', phase) FROM " + own("loads") + " ORDER BY 1"),
            "mongodb loaded,redis none");
  EXPECT_EQ(need(state_->write_counts()).at(0).count, 1007u);
}

TEST_P(Pipeline, ThousandsOfRowsAreSettledAndNoted) {
  std::vector<DocumentKey> keys;
  for (int i = 0; i < 2500; ++i) keys.emplace_back(std::to_string(i));
  need(log_->note(kDocument, keys));
  EXPECT_EQ(ids().size(), 2500u);
  need(log_->settle({.ids = ids()}));
  EXPECT_THAT(ids(), IsEmpty());
  EXPECT_EQ(log_->note(DocumentName("unknown"), keys).error().kind(), ErrorKind::kNotFound);
}

TEST_P(Pipeline, AnInsertIsNeverStoppedByAnOpenSettlement) {
  run({"INSERT INTO a VALUES (1), (3)"});
  const auto rows = ids();
  OwnSession settling(context());
  need(settling.execute("START TRANSACTION"));
  need(settling.execute(
      fmt::format("DELETE FROM {} WHERE id >= {}", own("change_log"), rows[0].value)));
  Connection application = connect("innodb_lock_wait_timeout = 1");
  EXPECT_TRUE(application.execute("INSERT INTO a VALUES (2)").ok());
}

TEST_P(Pipeline, AnOwedKeyKeepsItsHighestRevisionUntilItIsPaid) {
  owe({owed("1", 7), owed("2", 7)});
  owe({owed("1", 5)});
  EXPECT_EQ(owed_keys(), "redis 1 7,redis 2 7");
  EXPECT_EQ(need(log_->owed_count()), 2u);
  pay("1", 6);
  EXPECT_EQ(owed_keys(), "redis 1 7,redis 2 7");
  pay("1", 7);
  EXPECT_EQ(owed_keys(), "redis 2 7");
}

TEST_P(Pipeline, ADueKeyIsNotedOnceAndStaysOwed) {
  owe({owed("1", 5), owed("2", 5, OwedReason::kTooLarge)});
  EXPECT_EQ(need(log_->retry_owed(std::nullopt, 100)), 0u);
  make_due();
  EXPECT_EQ(need(log_->retry_owed(std::nullopt, 100)), 1u);
  EXPECT_EQ(need(log_->retry_owed(std::nullopt, 100)), 0u);
  EXPECT_THAT(take_log(), ElementsAre("a 1"));
  EXPECT_EQ(need(log_->owed_count()), 2u);
}

TEST_P(Pipeline, EachFailedTryDoublesTheWait) {
  std::vector<double> waits;
  for (int i = 0; i < 11; ++i) {
    owe({owed("1", 5)});
    waits.push_back(std::stod(
        value("SELECT TIMESTAMPDIFF(MICROSECOND, NOW(6), due) / 1000000 FROM " + own("owed"))));
  }
  EXPECT_NEAR(waits[0], 1, 0.5);
  EXPECT_NEAR(waits[3], 8, 0.5);
  EXPECT_NEAR(waits[10], 300, 0.5);
}

TEST_P(Pipeline, AReturnedTargetGetsAllItIsOwedWhateverTheWait) {
  owe({owed("1", 5, OwedReason::kAway), owed("2", 5, OwedReason::kAway), owed("3", 5),
       owed("4", 5, OwedReason::kTooLarge), owed("5", 5, OwedReason::kAway, kMongo)});
  EXPECT_EQ(need(log_->retry_owed(kRedis, 2)), 2u);
  EXPECT_EQ(need(log_->retry_owed(kRedis, 2)), 1u);
  EXPECT_EQ(need(log_->retry_owed(kRedis, 2)), 0u);
  EXPECT_THAT(take_log(), testing::UnorderedElementsAre("a 1", "a 2", "a 3"));
  owe({owed("1", 6, OwedReason::kAway)});  // it went away again
  EXPECT_EQ(need(log_->retry_owed(kRedis, 2)), 1u);
}

TEST_P(Pipeline, AWideRowAdvancesOnceAndOnlyFromTheCursorThatWasSeen) {
  run({"INSERT INTO a VALUES (1)"});
  LogRow row{.id = ids()[0], .catalogue = 1, .key = "1"};
  const auto step = [](const std::string& key, const std::string& cursor) {
    return ports::WideStep{{LogRow{.catalogue = 1, .key = key, .links = "l|" + key}}, cursor};
  };
  need(log_->advance(row, step("10", "c1")));
  need(log_->advance(row, step("11", "c1 ")));  // another engine was first
  row.cursor = "c1";
  need(log_->advance(row, step("12", "C1")));
  row.cursor = "c1";
  need(log_->advance(row, step("13", "")));
  row.cursor = "C1 ";
  need(log_->advance(row, step("13", "")));
  row.cursor = "C1";
  need(log_->advance(row, step("14", "")));
  EXPECT_THAT(take_log(), ElementsAre("a 10 / l|10", "a 12 / l|12", "a 14 / l|14"));
}

TEST_P(Pipeline, LongAndStrangeKeysAreOwedAndPaid) {
  const std::string key = std::string(6000, 'x') + "'\\\\|\xF0\x9F\x98\x80";
  owe({owed(key, 5), owed(key + "y", 5)});
  EXPECT_EQ(need(log_->owed_count()), 2u);
  EXPECT_EQ(need(state_->owed(10))[0].owed.detail, "why");
  pay(key, 5);
  EXPECT_EQ(need(log_->owed_count()), 1u);
  EXPECT_EQ(need(state_->drop_owed(kRedis, kDocument)), 1u);
}

TEST_P(Pipeline, ASessionThatWasKilledIsMadeAgain) {
  need(log_->owed_count());
  const std::string id = value(
      "SELECT MAX(id) FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND id <> "
      "CONNECTION_ID()");
  run({"KILL " + id});
  const auto lost = log_->owed_count();
  ASSERT_FALSE(lost.ok());
  EXPECT_TRUE(lost.error().is_transient()) << lost.error().text();
  EXPECT_EQ(need(log_->owed_count()), 0u);
}

TEST_P(Pipeline, LoadsAndChunksAreRemembered) {
  const Revision floor = need(state_->begin_load(kDocument, kRedis, Revision(7)));
  EXPECT_EQ(need(state_->begin_load(kDocument, kMongo, Revision(7))), floor);
  EXPECT_GE(floor, Revision(7));
  const auto into = [&](const TargetName& target, ports::LoadPhase phase) {
    return ports::Load{kDocument, target, phase, floor, true};
  };
  const ports::Load redis = into(kRedis, ports::LoadPhase::kLoading);
  const std::vector<ports::Load> both = {redis, into(kMongo, ports::LoadPhase::kLoading)};
  const ports::Chunk first{0, {std::nullopt, DocumentKey("it's")}, false};
  need(state_->claim_chunk(both, first));
  need(state_->claim_chunk(both, {1, {DocumentKey("it's"), std::nullopt}, false}));
  EXPECT_EQ(state_->claim_chunk(both, first).error().kind(), ErrorKind::kTransient);
  const uint64_t ledger = need(state_->open_ledger({.kind = "snapshot", .state = "running"}));
  for (int repeated = 0; repeated < 2; ++repeated) {
    need(state_->finish_chunk(redis, 0, ledger, {.read = 5, .written = 4, .owed = 1}, 0));
  }
  const auto chunks = need(state_->chunks(kDocument, kRedis));
  ASSERT_EQ(chunks.size(), 2u);
  EXPECT_TRUE(chunks[0].is_done);
  EXPECT_EQ(chunks[0].range.last, DocumentKey("it's"));
  EXPECT_EQ(chunks[1].range.after, DocumentKey("it's"));
  EXPECT_EQ(chunks[1].range.last, std::nullopt);
  EXPECT_FALSE(need(state_->chunks(kDocument, kMongo))[0].is_done);
  const auto entries = need(state_->ledger(5));
  EXPECT_EQ(entries[0].read, 5u);
  EXPECT_EQ(entries[0].written, 4u);

  need(state_->set_load_phase(into(kRedis, ports::LoadPhase::kLoaded)));
  const auto loads = need(state_->loads());
  ASSERT_EQ(loads.size(), 2u);
  EXPECT_EQ(loads[1].phase, ports::LoadPhase::kLoaded);
  EXPECT_TRUE(loads[1].is_second_walk_due);
  EXPECT_EQ(need(state_->begin_load(kDocument, kRedis, Revision(floor.value + 2))).value,
            floor.value + 2);
  EXPECT_EQ(need(state_->begin_load(kDocument, kRedis, floor)).value, floor.value + 2)
      << "below a number that was handed out";
  EXPECT_THAT(need(state_->chunks(kDocument, kRedis)), IsEmpty());
}

TEST_P(Pipeline, AProcessThatWokeUpLateCannotFinishALoadThatWasBegunAnew) {
  ports::Load old{kDocument, kRedis, ports::LoadPhase::kLoading};
  old.first = need(state_->begin_load(kDocument, kRedis, Revision(7)));
  ports::Load anew = old;
  anew.first = need(state_->begin_load(kDocument, kRedis, Revision(old.first.value + 2)));
  const ports::Chunk whole{0, {}, false};
  EXPECT_TRUE(state_->claim_chunk(std::vector{old}, whole).error().is_transient());
  need(state_->claim_chunk(std::vector{anew}, whole));
  need(state_->finish_chunk(old, 0, 1, {}, 0));
  EXPECT_FALSE(need(state_->chunks(kDocument, kRedis))[0].is_done);
  ports::Load loaded = old;
  loaded.phase = ports::LoadPhase::kLoaded;
  EXPECT_TRUE(state_->set_load_phase(loaded).error().is_transient());
  EXPECT_EQ(need(state_->loads())[0].phase, ports::LoadPhase::kLoading);
  EXPECT_EQ(need(state_->loads())[0].first, anew.first);
}

TEST_P(Pipeline, TextsAndLedgerRowsAreOverwritten) {
  EXPECT_EQ(need(state_->get("status")), "");
  need(state_->put("status", R"({"a":"\\'"})"));
  need(state_->put("status", "{\"b\":\"\xF0\x9F\x98\x80\\\"}"));
  EXPECT_EQ(need(state_->get("status")), "{\"b\":\"\xF0\x9F\x98\x80\\\"}");
  const uint64_t id = need(state_->open_ledger({.kind = "verify", .state = "running"}));
  need(state_->update_ledger({.id = id, .state = "done", .read = 9, .detail = "{}"}));
  EXPECT_EQ(need(state_->ledger(1))[0].state, "done");
}

TEST_P(Pipeline, TheStreamingLockIsHeldByOneAndTakenOverWhenTheHolderDies) {
  MysqlLeadership one(context());
  MysqlLeadership two(context());
  EXPECT_TRUE(need(one.try_take()));
  EXPECT_FALSE(need(two.try_take()));
  need(one.beat());
  EXPECT_EQ(two.beat().error().kind(), ErrorKind::kConflict);
  run({fmt::format("KILL {}", value("SELECT IS_USED_LOCK('syncline_" + name_ + ".stream')"))});
  EXPECT_EQ(one.beat().error().kind(), ErrorKind::kConflict);
  EXPECT_TRUE(need(two.try_take()));
  two.release();
  EXPECT_TRUE(need(one.try_take()));
}

TEST_P(Pipeline, TheServerEndsTheSessionOfASilentHolder) {
  MysqlLeadership holder(context());
  EXPECT_TRUE(need(holder.try_take()));
  EXPECT_EQ(value("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE id = "
                  "IS_USED_LOCK('syncline_" +
                  name_ + ".stream')"),
            "1");
  Connection session = connect("wait_timeout = 1");
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  const auto lost = session.value("SELECT 1");
  ASSERT_FALSE(lost.ok());
  EXPECT_TRUE(lost.error().is_transient()) << lost.error().text();
  EXPECT_FALSE(session.is_open());
}

TEST_P(Pipeline, TheDatabaseSaysWhichNumberIsNewest) {
  MysqlDatabase database(context()->source, document::PipelineName(name_), {}, "");
  EXPECT_GT(need(database.newest()).value, 1700000000000000u);
  run({"UPDATE " + own("clock") + " SET rev = 42"});
  EXPECT_EQ(need(database.newest()).value, 42u);
  need(capture().remove());
  const auto gone = database.newest();
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.error().kind(), ErrorKind::kInvalid);
  EXPECT_THAT(gone.error().hint(), testing::HasSubstr("capture install"));
}

}  // namespace
}  // namespace syncline::mysql
