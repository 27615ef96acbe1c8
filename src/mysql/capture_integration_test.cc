#include <gmock/gmock.h>

#include <future>

#include "base/log.h"
#include "mysql/capture_plan.h"
#include "mysql/capture_refusal.h"
#include "mysql/catalogue.h"
#include "mysql/mysql_database.h"
#include "mysql/schema_reader.h"
#include "mysql/server_testing.h"

namespace syncline::mysql {
namespace {

using document::DocumentDefinition;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Capturing : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    run({"CREATE TABLE a (id INT PRIMARY KEY, b INT, v INT, KEY (b))",
         "CREATE TABLE b (id INT PRIMARY KEY)"});
  }
  void TearDown() override {
    if (has_account_) need(app_->execute("DROP USER " + name_));
    ServerTest::TearDown();
  }

  static DocumentDefinition plain() { return document_of("a", "a"); }
  // The same table with another column list: another definition of the same type.
  static DocumentDefinition narrow() {
    DocumentDefinition definition = document_of("a", "a");
    definition.root.fields = {{.name = "id"}, {.name = "v"}};
    return definition;
  }
  // b with its a's: a's rows now carry a link.
  static DocumentDefinition linked() { return document_of("b", "b", {"a:a:b"}); }

  std::string own(const std::string& table) { return "syncline_" + name_ + "." + table; }
  std::string triggers() {
    return column(
        "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = "
        "DATABASE() ORDER BY 1");
  }
  std::string trigger_on(const std::string& table, const std::string& event) {
    return value(
        "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() "
        "AND EVENT_OBJECT_TABLE = '" +
        table + "' AND EVENT_MANIPULATION = '" + event + "'");
  }
  /// What an installation has done when it is killed before its generation takes effect.
  void run_until_effect() {
    const document::PipelineName name(name_);
    const CaptureState state = need(read_capture_state(*app_, name, name_));
    const std::string server = need(server_identity(*app_, ""));
    run(need(plan_capture({schema_, name, server, state, plans_, false})).before);
  }
  void note_loaded(const std::string& document) {
    run({"REPLACE INTO " + own("loads") + " VALUES ('" + document + "', 'redis', 'loaded', 5, 0)"});
  }
  std::string phase(const std::string& document) {
    return value("SELECT phase FROM " + own("loads") + " WHERE document = '" + document + "'");
  }

  /// A session of an account with these rights, in the source database.
  Connection account(const std::vector<std::string>& grants) {
    run({"CREATE USER " + name_ + " IDENTIFIED BY 'secret'"});
    has_account_ = true;
    for (const std::string& grant : grants) run({"GRANT " + grant + " TO " + name_});
    config::Endpoint endpoint = endpoint_;
    endpoint.user = name_;
    endpoint.password = Secret("secret");
    return need(Connection::open({.endpoint = endpoint}));
  }
  Capture capture_by(Connection& connection) {
    return Capture(connection, schema_, document::PipelineName(name_),
                   need(server_identity(connection, "")));
  }
  void plan(const std::vector<DocumentDefinition>& definitions) {
    schema_ = need(read_schema(*app_, name_));
    plans_.clear();
    for (const DocumentDefinition& definition : definitions) {
      plans_.push_back(need(plan_document(definition, schema_, expression_probe(*app_, name_))));
    }
  }

 private:
  bool has_account_ = false;
};
SYNCLINE_SERVERS(Capturing);

TEST_P(Capturing, InstallingTwiceChangesNothing) {
  const ClockState first = need(install({plain(), linked()}));
  const std::string standing = triggers();
  EXPECT_EQ(first.generation.value, 1u);
  EXPECT_EQ(first.epoch.size(), 32u);
  EXPECT_THAT(need(capture().script(plans_)), IsEmpty());
  const ClockState second = need(install({plain(), linked()}));
  EXPECT_EQ(second.generation, first.generation);
  EXPECT_EQ(second.epoch, first.epoch);
  EXPECT_EQ(triggers(), standing);
  EXPECT_TRUE(need(capture().status(plans_)).is_complete());
  EXPECT_TRUE(need(capture().status({})).is_complete());
}

TEST_P(Capturing, AChangedDefinitionIsLoadedAgainUnderANewGeneration) {
  need(install({plain(), linked()}));
  note_loaded("a");
  note_loaded("b");
  const ClockState changed = need(install({narrow(), linked()}));
  EXPECT_EQ(changed.generation.value, 2u);
  EXPECT_EQ(phase("a"), "none");
  EXPECT_EQ(phase("b"), "loaded");
}

TEST_P(Capturing, ASupersededDefinitionIsRefusedUnlessForced) {
  need(install({plain()}));
  need(install({narrow()}));
  const auto refused = install({plain()});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), ErrorKind::kInvalid);
  EXPECT_THAT(refused.error().hint(), HasSubstr("--force"));
  EXPECT_EQ(need(install({plain()}, true)).generation.value, 3u);
  EXPECT_FALSE(install({narrow()}).ok());
}

TEST_P(Capturing, OtherColumnsGetAnotherNumberAndTheOldTriggersGo) {
  need(install({plain()}));
  run({"INSERT INTO a VALUES (1, 2, 3)"});
  need(install({plain(), linked()}));
  run({"INSERT INTO a VALUES (2, 2, 3)"});
  EXPECT_THAT(take_log(), ElementsAre("a 1", "a 2 / 2"));
  const auto entries = need(read_catalogue(*app_, document::PipelineName(name_)));
  ASSERT_EQ(entries.size(), 5u);
  EXPECT_FALSE(entries[0].is_current);
  EXPECT_THAT(entries[2].link_columns, ElementsAre("b"));
  EXPECT_TRUE(entries[2].is_current);
  EXPECT_EQ(need(app_->rows("SHOW TRIGGERS LIKE 'a'")).size(), 3u);
}

TEST_P(Capturing, ARemovedDocumentTypeLosesItsTriggersAndIsForgotten) {
  need(install({plain(), linked()}));
  note_loaded("b");
  need(install({plain()}));
  EXPECT_EQ(need(app_->rows("SHOW TRIGGERS LIKE 'b'")).size(), 0u);
  EXPECT_EQ(phase("b"), "none");
  note_loaded("b");
  need(install({plain(), linked()}));  // its changes meanwhile were not captured
  EXPECT_EQ(phase("b"), "none");
}

TEST_P(Capturing, ATriggerThatWasDroppedMeansLoadingAgain) {
  need(install({plain(), linked()}));
  note_loaded("a");
  note_loaded("b");
  const std::string trigger = trigger_on("b", "INSERT");
  run({"DROP TRIGGER " + quote_name(trigger)});
  const CaptureStatus status = need(capture().status(plans_));
  EXPECT_FALSE(status.is_complete());
  EXPECT_THAT(status.tables[1].missing, ElementsAre(trigger));
  EXPECT_EQ(need(install({plain(), linked()})).generation.value, 2u);
  EXPECT_EQ(phase("a"), "loaded");
  EXPECT_EQ(phase("b"), "none");
}

TEST_P(Capturing, AnInstallationKilledWhileItMendsAGapLoadsAgainTheNextTime) {
  need(install({plain(), linked()}));
  note_loaded("a");
  note_loaded("b");
  run({"DROP TRIGGER " + quote_name(trigger_on("b", "INSERT"))});
  run_until_effect();
  EXPECT_TRUE(need(capture().status(plans_)).is_complete());
  need(install({plain(), linked()}));
  EXPECT_EQ(phase("a"), "loaded");
  EXPECT_EQ(phase("b"), "none");
  const uint64_t generation = need(capture().status(plans_)).clock->generation.value;
  EXPECT_EQ(need(install({plain(), linked()})).generation.value, generation);
}

TEST_P(Capturing, ACascadeThatCameAfterTheTriggersMeansLoadingAgain) {
  run({"CREATE TABLE c (id INT PRIMARY KEY, b INT, KEY (b))",
       "ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b (id) ON DELETE CASCADE"});
  const std::vector definitions = {linked(), document_of("c", "c"), plain()};
  need(install(definitions));
  for (const char* document : {"a", "b", "c"}) note_loaded(document);
  run({"ALTER TABLE c ADD FOREIGN KEY (b) REFERENCES b (id) ON DELETE CASCADE"});
  need(install(definitions));
  EXPECT_EQ(phase("c"), "none");
  EXPECT_EQ(phase("a") + phase("b"), "loadedloaded");
}

TEST_P(Capturing, ACascadeOutOfAnotherDatabaseIsRefusedThroughTablesBetween) {
  run({"CREATE DATABASE " + name_ + "_x", "CREATE TABLE " + name_ + "_x.top (id INT PRIMARY KEY)",
       "CREATE TABLE middle (id INT PRIMARY KEY, top INT, FOREIGN KEY (top) REFERENCES " + name_ +
           "_x.top (id) ON DELETE CASCADE)",
       "ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES middle (id) ON DELETE CASCADE"});
  const auto refused = install({plain()});
  run({"DROP TABLE a, middle", "DROP DATABASE " + name_ + "_x"});
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message(),
              HasSubstr("rows of a go or change when rows of database " + name_ + "_x do"));
}

TEST_P(Capturing, RemovingNeedsTheSightOfEveryTableThatCascades) {
  run({"ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b (id) ON DELETE CASCADE"});
  need(install({plain()}));
  Connection half = account({"ALL ON syncline_" + name_ + ".*", "SELECT ON " + name_ + ".*",
                             "TRIGGER ON " + name_ + ".a"});
  const auto refused = capture_by(half).remove();
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message(), HasSubstr("triggers of b cannot be seen"));
  run({"DELETE FROM b WHERE id = 1"});
}

TEST_P(Capturing, ASwappedTableIsNoticedThoughItsOldTriggersLive) {
  need(install({plain()}));
  note_loaded("a");
  run({"CREATE TABLE new_a LIKE a", "RENAME TABLE a TO old_a, new_a TO a"});
  EXPECT_EQ(need(capture().status(plans_)).tables[0].missing.size(), 3u);
  need(install({plain()}));
  EXPECT_TRUE(need(capture().status(plans_)).is_complete());
  EXPECT_EQ(phase("a"), "none");
  run({"INSERT INTO a VALUES (1, 2, 3)", "INSERT INTO old_a VALUES (2, 2, 3)"});
  EXPECT_THAT(take_log(), ElementsAre("a 1"));
}

TEST_P(Capturing, TheClockOfAnotherServerIsAConflict) {
  need(install({plain()}));
  run({"UPDATE " + own("clock") + " SET server = 'elsewhere'"});
  const auto refused = install({plain()});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), ErrorKind::kConflict);
  note_loaded("a");
  const ClockState adopted = need(capture().adopt(document::Revision(1ull << 51)));
  EXPECT_EQ(adopted.newest.value, (1ull << 51) + 10000000);
  EXPECT_EQ(adopted.generation.value, 2u);
  EXPECT_EQ(phase("a"), "none");
  need(install({plain()}));
}

TEST_P(Capturing, RemovingLeavesNothingOfOursAndAllOfTheUsers) {
  run({"CREATE TRIGGER mine BEFORE INSERT ON a FOR EACH ROW SET NEW.v = 9"});
  need(install({plain(), linked()}));
  need(capture().remove());
  EXPECT_EQ(triggers(), "mine");
  EXPECT_EQ(value("SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = "
                  "'syncline_" +
                  name_ + "'"),
            "0");
  run({"INSERT INTO a VALUES (1, 2, 3)"});
  need(capture().remove());
  EXPECT_FALSE(need(capture().status({})).is_installed);
}

TEST_P(Capturing, WithoutTheRightsTheSqlForADbaIsGiven) {
  plan({plain(), linked()});
  Connection reader = account({"SELECT ON " + name_ + ".*"});
  const auto refused = capture_by(reader).install(plans_, false);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), ErrorKind::kInvalid);
  EXPECT_THAT(refused.error().hint(), HasSubstr("TRIGGER IF NOT EXISTS"));
  EXPECT_THAT(refused.error().hint(), HasSubstr("syncline capture install"));

  for (const std::string& sql : need(capture_by(reader).script(plans_))) {
    need(app_->query(sql, [](Row) { return Result<void>(); }));
  }
  EXPECT_TRUE(need(capture().status(plans_)).is_complete());
  run({"GRANT SELECT, INSERT, UPDATE, DELETE ON " + own("*") + " TO " + name_});
  EXPECT_EQ(need(capture_by(reader).install(plans_, false)).generation.value, 1u);
  const CaptureStatus status = need(capture_by(reader).status(plans_));
  EXPECT_TRUE(status.is_installed);
  EXPECT_FALSE(status.is_complete());
  EXPECT_FALSE(status.tables[0].is_known);
  EXPECT_THAT(status.tables[0].missing, IsEmpty());
  EXPECT_FALSE(capture_by(reader).remove().ok());
}

// MariaDB hides from it what foreign keys do: the cascades would have no triggers.
TEST_P(Capturing, AnAccountThatMayOnlyReadSeesEveryCascade) {
  const std::string other = name_ + "_other";
  run({"CREATE DATABASE " + other, "CREATE TABLE " + other + ".p (id INT PRIMARY KEY)",
       "CREATE TABLE c (id INT PRIMARY KEY, a INT, b INT, p INT, "
       "CONSTRAINT `on` FOREIGN KEY (a) REFERENCES a (id) ON DELETE SET NULL ON UPDATE CASCADE, "
       "CONSTRAINT ` ON DELETE CASCADE` FOREIGN KEY (b) REFERENCES b (id), "
       "CONSTRAINT far FOREIGN KEY (p) REFERENCES " +
           other + ".p (id) ON UPDATE CASCADE)"});
  Connection reader = account({"SELECT ON " + name_ + ".*"});
  const auto rules = [&](Connection& connection) {
    std::string text;
    for (const document::ForeignKey& key : need(read_schema(connection, name_)).foreign_keys)
      text += fmt::format("{} {}{} ", key.name, static_cast<int>(key.on_delete),
                          static_cast<int>(key.on_update));
    return text;
  };
  EXPECT_EQ(rules(reader), rules(*app_));
  EXPECT_EQ(rules(reader), " ON DELETE CASCADE 00 on 21 ");
  const document::Schema schema = need(read_schema(reader, name_));
  EXPECT_TRUE(need(uncapturable_tables(reader, schema)).contains(document::TableName("c")));
  run({"DROP TABLE c", "DROP DATABASE " + other});
}

TEST_P(Capturing, TheRuntimeAccountNeedsNoMoreThanTheDocsSay) {
  const ClockState clock = need(install({plain()}));
  account({"SELECT ON " + name_ + ".*", "SELECT, INSERT, UPDATE, DELETE ON " + own("*")});
  config::SourceConfig source{.endpoint = endpoint_};
  source.endpoint.user = name_;
  source.endpoint.password = Secret("secret");
  MysqlDatabase database(source, document::PipelineName(name_), {}, clock.server);
  database.set_plans(plans_);
  database.expect(clock.generation, need(database.newest()));
  EXPECT_TRUE(need(database.leadership()->try_take()));
  const std::vector<document::DocumentKey> keys = {document::DocumentKey("1")};
  const auto log = database.change_log();
  need(log->note(plans_[0].name, keys));
  const document::LogId id = *need(log->first_above(document::LogId(0)));
  EXPECT_EQ(need(need(database.reader()->open())->read_log(document::LogId(0), 10)).size(), 1u);
  need(log->settle({.ids = {id}}));
  need(database.state()->put("status", "{}"));
}

TEST_P(Capturing, TheRightToSeeTriggersIsFoundInGrants) {
  need(install({plain()}));
  Connection sees = account({"SELECT, TRIGGER ON `" + name_ + "`.`a`", "SELECT ON " + own("*")});
  EXPECT_TRUE(need(capture_by(sees).status(plans_)).is_complete());
}

TEST_P(Capturing, ABinaryLogWithoutTrustIsNamedWithItsCure) {
  const bool is_trusted = value("SELECT @@log_bin_trust_function_creators") == "1";
  run({"SET GLOBAL log_bin_trust_function_creators = 0"});
  plan({plain()});
  Connection installer = account({"ALL ON " + name_ + ".*", "ALL ON " + own("*")});
  const auto refused = capture_by(installer).install(plans_, false);
  run({std::string("SET GLOBAL log_bin_trust_function_creators = ") + (is_trusted ? "1" : "0")});
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().hint(), HasSubstr("log_bin_trust_function_creators"));
}

TEST_P(Capturing, AnOpenTransactionDelaysInstallingAndNotTheApplication) {
  Connection holder = connect();
  need(holder.execute("START TRANSACTION"));
  need(holder.value("SELECT COUNT(*) FROM a"));
  auto installed = std::async(std::launch::async, [&] { return install({plain()}).ok(); });
  Connection application = connect("lock_wait_timeout = 2, innodb_lock_wait_timeout = 2");
  for (int i = 0; i < 15; ++i) {
    need(application.execute(fmt::format("INSERT INTO a VALUES ({}, 0, 0)", i)));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_EQ(installed.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  need(holder.execute("COMMIT"));
  EXPECT_TRUE(installed.get());
}

TEST_P(Capturing, AKilledInstallationLeavesNoGapAndIsFinishedByTheNext) {
  for (size_t stop = 1;; stop += 4) {
    SCOPED_TRACE(stop);
    need(install({plain()}));
    plan({narrow(), linked()});
    const auto script = need(capture().script(plans_));
    if (stop > script.size()) break;
    {
      Connection killed = connect();  // an open transaction goes with it
      for (size_t i = 0; i < stop; ++i) {
        need(killed.query(script[i], [](Row) { return Result<void>(); }));
      }
    }
    run({"REPLACE INTO a VALUES (7, 1, 1)"});
    EXPECT_EQ(value("SELECT COUNT(*) > 0 FROM " + own("change_log") + " WHERE k = '7'"), "1");
    EXPECT_EQ(need(install({narrow(), linked()})).generation.value, 2u);
    EXPECT_TRUE(need(capture().status(plans_)).is_complete());
    EXPECT_THAT(need(capture().script(plans_)), IsEmpty());
    need(capture().remove());
  }
}

TEST_P(Capturing, TwoPipelinesDoNotDisturbEachOther) {
  need(install({plain()}));
  const document::PipelineName other(name_ + "_x");
  Capture second(*app_, schema_, other, need(server_identity(*app_, "")));
  need(second.install(plans_, false));
  need(second.remove());
  run({"INSERT INTO a VALUES (1, 2, 3)"});
  EXPECT_THAT(take_log(), ElementsAre("a 1"));
  EXPECT_TRUE(need(capture().status(plans_)).is_complete());
}

}  // namespace
}  // namespace syncline::mysql
