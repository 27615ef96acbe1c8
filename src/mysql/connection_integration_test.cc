#include <gmock/gmock.h>

#include "base/log.h"
#include "mysql/errors.h"
#include "mysql/schema_reader.h"
#include "mysql/server_testing.h"

namespace syncline::mysql {
namespace {

using document::TypeKind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Connecting : public ServerTest {
 protected:
  Error refused(const config::Endpoint& endpoint) {
    const auto connection = Connection::open({.endpoint = endpoint, .timeout = {}});
    EXPECT_FALSE(connection.ok());
    return connection.ok() ? internal("connected") : connection.error();
  }
};
SYNCLINE_SERVERS(Connecting);

TEST_P(Connecting, AWrongPasswordIsNamedAndNotShown) {
  config::Endpoint endpoint = endpoint_;
  endpoint.user = "nobody";
  endpoint.password = Secret("hunter2");
  const Error error = refused(endpoint);
  EXPECT_EQ(error.text(),
            fmt::format("cannot connect to mysql://nobody@127.0.0.1:{}/{}: access denied (1045); "
                        "check source.uri and source.password_file",
                        endpoint_.port, name_));
  EXPECT_EQ(error.kind(), ErrorKind::kInvalid);
}

TEST_P(Connecting, UnknownNamesAndClosedPortsSayWhatToCheck) {
  config::Endpoint endpoint = endpoint_;
  endpoint.database = "absent";
  EXPECT_THAT(refused(endpoint).text(), HasSubstr("check the database name in source.uri"));
  endpoint = endpoint_;
  endpoint.port = 1;
  EXPECT_TRUE(refused(endpoint).is_transient());
  endpoint = endpoint_;
  endpoint.host = "no-such-host.invalid";
  EXPECT_THAT(refused(endpoint).text(), HasSubstr("unknown host"));
  endpoint = endpoint_;
  endpoint.query = "compress=yes";
  EXPECT_THAT(refused(endpoint).text(), HasSubstr("'compress=yes' is not a known parameter"));
}

TEST_P(Connecting, TheSessionIsOurs) {
  EXPECT_EQ(value("SELECT CONCAT_WS(' ', @@time_zone, @@autocommit + 0, @@character_set_client, "
                  "@@sql_mode)"),
            "+00:00 1 utf8mb4 STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION");
  Connection settling =
      need(Connection::open({.endpoint = endpoint_, .isolation = Isolation::kReadCommitted}));
  EXPECT_THAT(need(settling.rows("SHOW SESSION VARIABLES LIKE 't%isolation'"))[0],
              ElementsAre(testing::_, "READ-COMMITTED"));
  EXPECT_EQ(app_->connection_id(), std::stoull(value("SELECT CONNECTION_ID()")));
}

TEST_P(Connecting, ASocketIsUsedWhenNamed) {
  config::Endpoint endpoint = endpoint_;
  endpoint.socket = value("SELECT @@socket");
  endpoint.host = "";
  endpoint.port = 0;
  Connection connection = need(Connection::open({.endpoint = endpoint}));
  EXPECT_THAT(need(connection.value("SELECT HOST FROM information_schema.PROCESSLIST WHERE id = "
                                    "CONNECTION_ID()")),
              testing::Optional(std::string("localhost")));
}

TEST_P(Connecting, TlsThatIsAskedForIsUsedOrRefused) {
  config::Endpoint endpoint = endpoint_;
  endpoint.query = "ssl=true";
  auto connection = Connection::open({.endpoint = endpoint});
  const bool is_offered = value("SELECT @@ssl_ca IS NOT NULL AND @@ssl_ca <> ''") == "1";
  EXPECT_EQ(connection.ok(), is_offered);
  EXPECT_TRUE(!connection.ok() ||
              need(connection->rows("SHOW STATUS LIKE 'Ssl_cipher'"))[0][1] != "");
  endpoint.query = "ssl_ca=/no/such/file.pem";
  EXPECT_FALSE(Connection::open({.endpoint = endpoint}).ok());
}

TEST_P(Connecting, QuotedTextAndNamesComeBackAsTheyWere) {
  const std::string text("a'b\"c\\d\0e\n\x1A%_\xF0\x9F\x98\x80", 17);
  EXPECT_EQ(value("SELECT " + quote_text(text)), text);
  EXPECT_EQ(value("SELECT 1 AS " + quote_name("a`b")), "1");
}

TEST_P(Connecting, APacketStopsAtItsFirstFailure) {
  run({"CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY)"});
  const auto results =
      need(app_->packet("SELECT 5, 6; INSERT INTO t VALUES (NULL), (NULL); SELECT NULL"));
  ASSERT_EQ(results.size(), 3u);
  EXPECT_EQ(results[0].value, "5");
  EXPECT_EQ(results[1].done.affected_rows, 2u);
  EXPECT_EQ(results[1].done.insert_id, 1u);
  EXPECT_EQ(results[2].value, std::nullopt);
  const auto failed = app_->packet("DELETE FROM t; SELECT * FROM absent; INSERT INTO t VALUES (9)");
  ASSERT_FALSE(failed.ok());
  EXPECT_THAT(failed.error().message(), HasSubstr("statement 2"));
  EXPECT_EQ(app_->last_code(), 1146u);
  EXPECT_EQ(value("SELECT COUNT(*) FROM t"), "0");
}

TEST_P(Connecting, AnErrorOfTheReaderOfRowsLeavesTheSessionInStep) {
  const auto stopped = app_->query("SELECT 1 UNION SELECT 2 UNION SELECT 3", [](Row row) {
    return row[0] == "2" ? Result<void>(cancelled("enough")) : Result<void>();
  });
  EXPECT_EQ(stopped.error().kind(), ErrorKind::kCancelled);
  EXPECT_EQ(value("SELECT 4"), "4");
}

TEST_P(Connecting, AKilledSessionIsClosedAndNeverConnectsByItself) {
  Connection session = connect();
  run({fmt::format("KILL {}", session.connection_id())});
  for (int i = 0; i < 2; ++i) {
    const auto lost = session.execute("DO 1");
    ASSERT_FALSE(lost.ok());
    EXPECT_TRUE(lost.error().is_transient()) << lost.error().text();
    EXPECT_FALSE(session.is_open());
  }
}

TEST_P(Connecting, ASlowAnswerIsALostConnection) {
  Connection session =
      need(Connection::open({.endpoint = endpoint_, .timeout = std::chrono::seconds(1)}));
  const auto slow = session.value("SELECT SLEEP(5)");
  ASSERT_FALSE(slow.ok());
  EXPECT_TRUE(slow.error().is_transient());
  EXPECT_FALSE(session.is_open());
}

using Schemas = Connecting;
SYNCLINE_SERVERS(Schemas);

TEST_P(Schemas, ColumnsBesideAPrefixOrAnExpressionAreNotUnique) {
  Connection session = need(Connection::open({.endpoint = endpoint_}));
  const std::string database = "uniq_" + std::to_string(getpid());
  need(session.execute("CREATE DATABASE " + database));
  need(session.execute("CREATE TABLE " + database +
                       ".t (id INT PRIMARY KEY, a INT, s TEXT, UNIQUE KEY whole (a), UNIQUE KEY "
                       "part (a, s(9)))"));
  const auto schema = read_schema(session, database);
  need(session.execute("DROP DATABASE " + database));
  std::vector<std::string> unique;
  for (const auto& index : need(schema).tables[0].indexes)
    if (index.is_unique) unique.push_back(index.name);
  EXPECT_THAT(unique, testing::UnorderedElementsAre("PRIMARY", "whole"));
}

TEST_P(Connecting, ALongListOfKeysWalksTheIndex) {
  Connection session = need(Connection::open({.endpoint = endpoint_}));
  const std::string database = "list_" + std::to_string(getpid());
  need(session.execute("CREATE DATABASE " + database));
  need(session.execute(
      "CREATE TABLE " + database +
      ".t (a INT, b INT, PRIMARY KEY (a, b)) AS WITH RECURSIVE s (n) AS (SELECT 1 "
      "UNION ALL SELECT n + 1 FROM s WHERE n < 1000) SELECT n AS a, n AS b FROM s"));
  for (int added = 1000; added <= 16'000; added *= 2) {
    need(session.execute(
        fmt::format("INSERT INTO {0}.t SELECT a + {1}, b FROM {0}.t", database, added)));
  }
  need(session.rows("ANALYZE TABLE " + database + ".t"));
  std::string keys;
  for (int i = 1; i <= 1000; ++i) keys += fmt::format("{0}({1}, {1})", i > 1 ? ", " : "", i);
  need(session.execute("FLUSH STATUS"));
  need(session.rows("SELECT a FROM " + database + ".t FORCE INDEX (PRIMARY) WHERE (a, b) IN (" +
                    keys + ")"));
  const auto scanned = need(session.rows("SHOW SESSION STATUS LIKE 'Handler_read_next'"));
  need(session.execute("DROP DATABASE " + database));
  for (const auto& row : scanned) EXPECT_LE(std::stoul(*row[1]), 1000u) << *row[0];
}

TEST_P(Schemas, TablesKeysAndReferencesAreRead) {
  run(
      {"CREATE TABLE p (a INT, b VARCHAR(10) COLLATE latin1_german1_ci, g INT AS (a + 1) VIRTUAL, "
       "s TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3), j JSON, PRIMARY KEY (b, a))",
       "CREATE TABLE c (id INT PRIMARY KEY, pb VARCHAR(10) COLLATE latin1_german1_ci, pa INT, t "
       "TEXT, UNIQUE KEY u (pb, pa), KEY x (id, t(5), pa), CONSTRAINT f FOREIGN KEY (pb, pa) "
       "REFERENCES p (b, a) ON DELETE SET NULL ON UPDATE CASCADE)",
       "CREATE VIEW v AS SELECT a FROM p",
       "CREATE TRIGGER w BEFORE UPDATE ON p FOR EACH ROW SET NEW.s = NEW.s"});
  const document::Schema schema = need(read_schema(*app_, name_));
  EXPECT_THAT(schema.table_names(), ElementsAre("c", "p", "v"));
  const document::Table& c = schema.tables[0];
  const document::Table& p = schema.tables[1];
  EXPECT_TRUE(schema.tables[2].is_view);
  EXPECT_EQ(p.engine, "InnoDB");
  EXPECT_THAT(p.primary_key, ElementsAre("b", "a"));
  EXPECT_EQ(p.columns[1].type.charset, "latin1");
  EXPECT_TRUE(p.columns[2].is_generated);
  EXPECT_FALSE(p.columns[3].is_generated);
  EXPECT_EQ(p.columns[3].type.kind, TypeKind::kTimestamp);
  EXPECT_EQ(p.columns[4].type.kind, TypeKind::kJson);
  ASSERT_EQ(c.indexes.size(), 3u);
  EXPECT_TRUE(c.indexes[1].is_unique);
  EXPECT_THAT(c.indexes[1].columns, ElementsAre("pb", "pa"));
  EXPECT_THAT(c.indexes[2].columns, ElementsAre("id"));  // a prefix ends it
  ASSERT_EQ(schema.foreign_keys.size(), 1u);
  const document::ForeignKey& key = schema.foreign_keys[0];
  EXPECT_THAT(key.columns, ElementsAre("pb", "pa"));
  EXPECT_THAT(key.parent_columns, ElementsAre("b", "a"));
  EXPECT_EQ(key.on_delete, document::ReferentialAction::kSetNull);
  EXPECT_EQ(key.on_update, document::ReferentialAction::kCascade);
  EXPECT_EQ(read_schema(*app_, "absent").error().kind(), ErrorKind::kInvalid);
}

TEST_P(Schemas, TheServerTellsTheTypeOfAComputedField) {
  run(
      {"CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(20), price DECIMAL(10,2), at DATETIME(3), "
       "bits BIT(9), raw VARBINARY(8))"});
  const auto probe = expression_probe(*app_, name_);
  const auto type = [&](const std::string& sql) {
    return need(probe(document::TableName("t"), sql));
  };
  EXPECT_EQ(type("CONCAT(name, '!')").kind, TypeKind::kText);
  EXPECT_EQ(type("id + 1").kind, TypeKind::kInteger);
  EXPECT_EQ(type("CAST(id AS UNSIGNED)").kind, TypeKind::kUnsigned);
  EXPECT_EQ(type("price").kind, TypeKind::kDecimal);
  EXPECT_EQ(type("price").length, 10u);
  EXPECT_EQ(type("price * 2").scale, 2);
  EXPECT_EQ(type("price / 3e0").kind, TypeKind::kDouble);
  EXPECT_EQ(type("at").kind, TypeKind::kDateTime);
  EXPECT_EQ(type("at").scale, 3);
  EXPECT_EQ(type("DATE(at)").kind, TypeKind::kDate);
  EXPECT_EQ(type("TIME(at)").kind, TypeKind::kTime);
  EXPECT_EQ(type("raw").kind, TypeKind::kBinary);
  EXPECT_EQ(type("bits").kind, TypeKind::kBit);
  EXPECT_EQ(type("bits").length, 9u);
  EXPECT_EQ(type("JSON_OBJECT('a', id)").kind, TypeKind::kJson);
  EXPECT_EQ(type("NULL").kind, TypeKind::kText);
  EXPECT_EQ(type("name -- comment").kind, TypeKind::kText);
  const auto wrong = probe(document::TableName("t"), "nmae");
  EXPECT_EQ(wrong.error().kind(), ErrorKind::kInvalid);
  EXPECT_THAT(wrong.error().message(), HasSubstr("Unknown column 'nmae'"));
  EXPECT_FALSE(probe(document::TableName("t"), "id, name").ok());
}

}  // namespace
}  // namespace syncline::mysql
