#include <gmock/gmock.h>

#include <algorithm>
#include <future>
#include <set>

#include "base/log.h"
#include "mysql/server_testing.h"

namespace syncline::mysql {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::UnorderedElementsAre;

/// What the application's statements leave in the change log.
class Triggers : public ServerTest {
 protected:
  // Customers with their orders; orders with their items by (order, line).
  void make_shop() {
    run({"CREATE TABLE customers (id INT PRIMARY KEY, name VARCHAR(40) COLLATE utf8mb4_unicode_ci)",
         "CREATE TABLE orders (id INT PRIMARY KEY, customer INT NULL, KEY (customer), CONSTRAINT "
         "o_c FOREIGN KEY (customer) REFERENCES customers (id) ON DELETE CASCADE ON UPDATE "
         "CASCADE)",
         "CREATE TABLE items (orders INT, line INT, PRIMARY KEY (orders, line), CONSTRAINT i_o "
         "FOREIGN KEY (orders) REFERENCES orders (id) ON DELETE CASCADE ON UPDATE CASCADE)",
         "INSERT INTO customers VALUES (1, 'one'), (2, 'two'), (3, 'three')",
         "INSERT INTO orders VALUES (10, 1), (11, 1), (20, 2)",
         "INSERT INTO items VALUES (10, 1), (10, 2), (20, 1)"});
    auto shop = document_of("shop", "customers", {"orders:orders:customer"});
    shop.root.embed[0].embed = document_of("x", "orders", {"items:items:orders"}).root.embed;
    need(install({shop}));
  }

  std::set<std::string> distinct_log() {
    const auto lines = take_log();
    return {lines.begin(), lines.end()};
  }
};
SYNCLINE_SERVERS(Triggers);

TEST_P(Triggers, EveryStatementLogsTheKeysItTouches) {
  make_shop();
  run({"INSERT INTO orders VALUES (30, 3)"});
  EXPECT_THAT(take_log(), ElementsAre("orders 30 / 3"));
  run({"UPDATE orders SET customer = 2 WHERE id = 30"});
  EXPECT_THAT(take_log(), ElementsAre("orders 30 / 3", "orders 30 / 2"));
  run({"UPDATE orders SET customer = NULL WHERE id = 30"});
  EXPECT_THAT(take_log(), ElementsAre("orders 30 / 2", "orders 30 / \\N"));
  run({"UPDATE orders SET id = 31 WHERE id = 30"});
  EXPECT_THAT(take_log(), ElementsAre("orders 30 / \\N", "orders 31 / \\N"));
  run({"REPLACE INTO orders VALUES (31, 1)"});
  EXPECT_THAT(take_log(), testing::Contains("orders 31 / \\N"));
  run({"INSERT INTO orders VALUES (31, 2) ON DUPLICATE KEY UPDATE customer = 2"});
  EXPECT_THAT(take_log(), ElementsAre("orders 31 / 1", "orders 31 / 2"));
  run({"INSERT IGNORE INTO orders VALUES (31, 3)"});
  EXPECT_THAT(take_log(), IsEmpty());
  run({"DELETE FROM items WHERE orders = 10"});
  EXPECT_THAT(take_log(), UnorderedElementsAre("items 10|1", "items 10|2"));
}

TEST_P(Triggers, AReplacedRowLogsOldAndNewLinks) {
  make_shop();
  run({"REPLACE INTO orders VALUES (11, 3)"});
  EXPECT_THAT(take_log(), ElementsAre("orders 11 / 1", "orders 11 / 3"));
}

TEST_P(Triggers, ARollbackTakesTheLogRowsBack) {
  make_shop();
  run({"START TRANSACTION", "DELETE FROM customers", "ROLLBACK"});
  EXPECT_THAT(take_log(), IsEmpty());
}

TEST_P(Triggers, ACascadingDeleteLogsAllLevels) {
  make_shop();
  run({"DELETE FROM customers WHERE id IN (1, 3)"});
  EXPECT_THAT(take_log(), UnorderedElementsAre("orders 10 / 1", "orders 11 / 1", "items 10|1",
                                               "items 10|2", "customers 1", "customers 3"));
}

TEST_P(Triggers, ACascadingKeyChangeLogsOldAndNewKeys) {
  make_shop();
  run({"UPDATE orders SET id = 15 WHERE id = 10"});
  EXPECT_THAT(distinct_log(), UnorderedElementsAre("items 10|1", "items 10|2", "items 15|1",
                                                   "items 15|2", "orders 10 / 1", "orders 15 / 1"));
  run({"UPDATE customers SET id = 5 WHERE id = 2"});
  EXPECT_THAT(distinct_log(),
              UnorderedElementsAre("orders 20 / 2", "orders 20 / 5", "customers 2", "customers 5"));
  run({"UPDATE customers SET name = 'x'"});
  EXPECT_THAT(distinct_log(), UnorderedElementsAre("customers 1", "customers 3", "customers 5"));
}

// MySQL 9 cascades before it finds that the parent's new key is taken.
TEST_P(Triggers, ChildrenThatMoveThoughTheirParentIsIgnoredAreLogged) {
  make_shop();
  run({"UPDATE IGNORE orders SET id = 11 WHERE id = 10"});
  EXPECT_THAT(distinct_log(),
              IsSupersetOf({"items 10|1", "items 10|2", "items 11|1", "items 11|2"}));
}

TEST_P(Triggers, StatementsThatUseBothTablesOfACascadeStillRun) {
  make_shop();
  run({"DELETE c, o FROM orders o JOIN customers c ON o.customer = c.id WHERE c.id = 2"});
  EXPECT_THAT(take_log(), testing::IsSupersetOf({"orders 20 / 2", "customers 2"}));
  run({"DELETE FROM customers WHERE id NOT IN (SELECT customer FROM orders)"});
  EXPECT_THAT(take_log(), ElementsAre("customers 3"));
  run(
      {"UPDATE customers c JOIN orders o ON o.customer = c.id SET c.name = 'y', o.customer = "
       "NULL"});
  EXPECT_THAT(take_log(), testing::IsSupersetOf({"orders 10 / \\N", "customers 1"}));
}

TEST_P(Triggers, SetNullAndUncapturedTablesBetweenAreFollowed) {
  run({"CREATE TABLE regions (id INT PRIMARY KEY)",
       "CREATE TABLE shops (id INT PRIMARY KEY, region INT, FOREIGN KEY (region) REFERENCES "
       "regions "
       "(id) ON DELETE CASCADE)",
       "CREATE TABLE staff (id INT PRIMARY KEY, shop INT NULL, FOREIGN KEY (shop) REFERENCES shops "
       "(id) ON DELETE SET NULL)",
       "CREATE TABLE teams (id INT PRIMARY KEY)", "INSERT INTO regions VALUES (1)",
       "INSERT INTO shops VALUES (5, 1)", "INSERT INTO staff VALUES (7, 5), (8, NULL)"});
  auto teams = document_of("teams", "teams", {"staff:staff:shop"});
  need(install({teams}));
  run({"DELETE FROM regions"});
  EXPECT_THAT(take_log(), ElementsAre("staff 7 / 5"));
  EXPECT_EQ(value("SELECT COUNT(*) FROM staff WHERE shop IS NULL"), "2");
}

TEST_P(Triggers, RowsThatPointAtTheirOwnTableAreLoggedWhenTheLinkGoes) {
  run(
      {"CREATE TABLE staff (id INT PRIMARY KEY, boss INT NULL, FOREIGN KEY (boss) REFERENCES staff "
       "(id) ON DELETE SET NULL)",
       "INSERT INTO staff VALUES (1, NULL), (2, 1), (3, 1)"});
  need(install({document_of("staff", "staff")}));
  run({"DELETE FROM staff WHERE id = 1"});
  EXPECT_THAT(take_log(), UnorderedElementsAre("staff 1", "staff 2", "staff 3"));
}

TEST_P(Triggers, ATableThatDeletesItsOwnRowsIsRefused) {
  run(
      {"CREATE TABLE nodes (id INT PRIMARY KEY, parent INT NULL, CONSTRAINT up FOREIGN KEY "
       "(parent) "
       "REFERENCES nodes (id) ON DELETE CASCADE)"});
  const auto installed = install({document_of("nodes", "nodes")});
  ASSERT_FALSE(installed.ok());
  EXPECT_EQ(installed.error().kind(), ErrorKind::kUnsupported);
  EXPECT_THAT(installed.error().text(), testing::HasSubstr("nodes deletes its own rows"));
}

TEST_P(Triggers, WhatACollationCallsEqualIsLogged) {
  run({"CREATE TABLE words (word VARCHAR(20) COLLATE utf8mb4_unicode_ci PRIMARY KEY, n INT)",
       "INSERT INTO words VALUES ('abc', 1)"});
  need(install({document_of("words", "words")}));
  run({"UPDATE words SET word = 'ABC'"});
  EXPECT_THAT(take_log(), ElementsAre("words abc", "words ABC"));
  run({"UPDATE words SET word = 'ábc'"});
  EXPECT_THAT(take_log(), ElementsAre("words ABC", "words ábc"));
  run({"UPDATE words SET word = 'ábc '"});
  EXPECT_THAT(take_log(), ElementsAre("words ábc", "words ábc "));
}

TEST_P(Triggers, ALinkThatBecomesNullableLaterIsStillLogged) {
  run({"CREATE TABLE p (id INT PRIMARY KEY)",
       "CREATE TABLE c (id INT PRIMARY KEY, p INT NOT NULL, KEY (p))"});
  need(install({document_of("p", "p", {"c:c:p"})}));
  run({"ALTER TABLE c MODIFY p INT NULL", "INSERT INTO c VALUES (1, NULL)"});
  EXPECT_THAT(take_log(), ElementsAre("c 1 / \\N"));
}

TEST_P(Triggers, StrangeNamesAreCaptured) {
  const std::string longest(60, 'x');
  const std::string name = "o`r.d er's \\ ü";
  run({"CREATE TABLE " + quote_name(name) + " (" + quote_name("k`e y") + " INT, " +
           quote_name("select") + " INT, PRIMARY KEY (" + quote_name("k`e y") + "), KEY (" +
           quote_name("select") + "))",
       "CREATE TABLE " + quote_name(longest + "äöüß") + " (id INT PRIMARY KEY, " +
           quote_name(longest + "äöüß") + " INT, KEY (" + quote_name(longest + "äöüß") + "))",
       "CREATE TABLE " + quote_name(longest + "äöüx") + " (id INT PRIMARY KEY)"});
  need(
      install({document_of("a", longest + "äöüx", {"x:" + name + ":select"}),
               document_of("b", longest + "äöüx", {"x:" + longest + "äöüß:" + longest + "äöüß"})}));
  run({"INSERT INTO " + quote_name(name) + " VALUES (1, 2)",
       "INSERT INTO " + quote_name(longest + "äöüß") + " VALUES (3, 4)",
       "INSERT INTO " + quote_name(longest + "äöüx") + " VALUES (5)"});
  EXPECT_THAT(take_log(), ElementsAre(name + " 1 / 2", longest + "äöüß 3 / 4", longest + "äöüx 5"));
  need(capture().remove());
  EXPECT_EQ(value("SELECT COUNT(*) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = "
                  "DATABASE()"),
            "0");
}

TEST_P(Triggers, AnApplicationWithOtherSettingsRunsWithoutAnError) {
  make_shop();
  Connection ansi = connect(
      "sql_mode = "
      "'ANSI,TRADITIONAL,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH,HIGH_NOT_PRECEDENCE'"
      ", time_zone = '-09:30', character_set_client = latin1, collation_connection = "
      "latin1_swedish_ci, character_set_results = NULL, sql_safe_updates = 1");
  need(ansi.execute("INSERT INTO \"customers\" VALUES (9, 'nine')"));
  need(ansi.execute("UPDATE customers SET name = 'x\\' WHERE id = 9"));
  need(ansi.execute("DELETE FROM customers WHERE id = 1"));
  EXPECT_EQ(take_log().size(), 7u);
}

TEST_P(Triggers, TheApplicationsInsertIdAndRowCountAreItsOwn) {
  run({"CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v INT)"});
  need(install({document_of("t", "t")}));
  const Done done = need(app_->execute("INSERT INTO t (v) VALUES (1), (2), (3)"));
  EXPECT_EQ(done.affected_rows, 3u);
  EXPECT_EQ(done.insert_id, 1u);
  EXPECT_EQ(value("SELECT LAST_INSERT_ID()"), "1");
}

// facts: a multi-row DELETE at READ COMMITTED waits for its second parent while another session
// commits a child of it. The cascade removes that child; the trigger must have seen it.
TEST_P(Triggers, AChildCommittedWhileTheDeleteWaitsIsLogged) {
  make_shop();
  Connection writer = connect();
  need(writer.execute("START TRANSACTION"));
  need(writer.execute("INSERT INTO orders VALUES (21, 2)"));  // shares a lock on customer 2
  Connection deleter = connect("TRANSACTION ISOLATION LEVEL READ COMMITTED");
  auto deleted = std::async(std::launch::async, [&] {
    return deleter.execute("DELETE FROM customers WHERE id IN (1, 2)").ok();
  });
  EXPECT_EQ(deleted.wait_for(std::chrono::milliseconds(300)), std::future_status::timeout);
  need(writer.execute("COMMIT"));
  EXPECT_TRUE(deleted.get());
  EXPECT_EQ(value("SELECT COUNT(*) FROM orders"), "0");
  // Once by its insert, once by the cascade.
  EXPECT_EQ(std::ranges::count(take_log(), "orders 21 / 2"), 2);
}

}  // namespace
}  // namespace syncline::mysql
