#include <gmock/gmock.h>

#include "base/digest.h"
#include "base/log.h"
#include "generate/shop.h"
#include "generate/shop_schema.h"
#include "generate/shop_server_testing.h"

namespace syncline::generate {
namespace {

class Shop : public testing::TestWithParam<const char*> {
 protected:
  Result<GenerateReport> generate(bool replace = false, uint64_t seed = 1) {
    const ShopRequest request{
        .endpoint = server.endpoint, .customers = 200, .seed = seed, .replace = replace};
    auto report = generate_shop(request, clock, stop.get_token(), [this](const auto& progress) {
      progress_seen.push_back(progress);
    });
    server.ask("USE " + server.endpoint.database);
    return report;
  }

  ShopServer server{GetParam()};
  SystemClock clock;
  std::stop_source stop;
  std::vector<GenerateProgress> progress_seen;
};

INSTANTIATE_TEST_SUITE_P(Servers, Shop, testing::Values("MYSQL_URI", "MARIADB_URI"));

Digest content(ShopServer& server) {
  std::string all;
  for (const ShopTable& table : shop_tables()) {
    const auto rows =
        server.session->rows(fmt::format("SELECT * FROM {} ORDER BY 1, 2", table.name));
    EXPECT_TRUE(rows.ok()) << rows.error().text();
    for (const auto& row : *rows) {
      for (const auto& value : row)
        all += value ? fmt::format("{}:{},", value->size(), *value) : "-";
    }
  }
  return digest_of(all);
}

TEST_P(Shop, CountsTheRowsItInserts) {
  const auto report = generate();
  ASSERT_TRUE(report.ok()) << report.error().text();
  uint64_t rows = 0;
  for (const ShopTable& table : shop_tables()) {
    rows += std::stoull(server.ask(fmt::format("SELECT COUNT(*) FROM {}", table.name)));
  }
  EXPECT_EQ(report->rows, rows);
  ASSERT_FALSE(progress_seen.empty());
  EXPECT_EQ(progress_seen.back().rows, rows);
  EXPECT_EQ(progress_seen.back().rows_about, rows);
}

TEST_P(Shop, LeavesNoForeignKeyDangling) {
  ASSERT_TRUE(generate().ok());
  for (const auto& [child, column, parent, key] : {
           std::tuple{"products", "category_id", "categories", "id"},
           {"categories", "parent_id", "categories", "id"},
           {"customers", "country_code", "countries", "code"},
           {"addresses", "customer_id", "customers", "id"},
           {"addresses", "country_code", "countries", "code"},
           {"orders", "customer_id", "customers", "id"},
           {"order_items", "order_id", "orders", "id"},
           {"order_items", "product_id", "products", "id"},
           {"payments", "order_id", "orders", "id"},
       }) {
    EXPECT_EQ(server.ask(fmt::format("SELECT COUNT(*) FROM {0} c LEFT JOIN {2} p ON p.{3} = c.{1} "
                                     "WHERE c.{1} IS NOT NULL AND p.{3} IS NULL",
                                     child, column, parent, key)),
              "0")
        << child << "." << column;
  }
}

TEST_P(Shop, CascadesFromOrdersToItemsOnly) {
  ASSERT_TRUE(generate().ok());
  EXPECT_EQ(
      server.ask("SELECT GROUP_CONCAT(constraint_name) FROM "
                 "information_schema.referential_constraints WHERE constraint_schema = "
                 "DATABASE() AND (delete_rule NOT IN ('RESTRICT', 'NO ACTION') OR update_rule "
                 "NOT IN ('RESTRICT', 'NO ACTION'))"),
      "fk_order_items_order");
}

TEST_P(Shop, MakesTotalsOfItemsAndPayments) {
  ASSERT_TRUE(generate().ok());
  EXPECT_EQ(server.ask("SELECT COUNT(*) FROM orders o WHERE total <> (SELECT SUM(quantity * "
                       "unit_price) FROM order_items WHERE order_id = o.id) OR item_count <> "
                       "(SELECT COUNT(*) FROM order_items WHERE order_id = o.id)"),
            "0");
  EXPECT_EQ(server.ask("SELECT COUNT(*) FROM orders o WHERE status IN ('paid', 'shipped', "
                       "'delivered') AND total <> (SELECT SUM(amount) FROM payments WHERE order_id "
                       "= o.id)"),
            "0");
}

TEST_P(Shop, RefusesTablesWithRows) {
  ASSERT_TRUE(generate().ok());
  const auto again = generate();
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().kind(), ErrorKind::kInvalid);
  EXPECT_THAT(again.error().text(), testing::HasSubstr("countries already has rows"));
}

TEST_P(Shop, ReplacesAnotherShopOnDemand) {
  ASSERT_TRUE(generate(false, 1).ok());
  const Digest first = content(server);
  ASSERT_TRUE(generate(true, 2).ok());
  EXPECT_NE(content(server), first);
  EXPECT_EQ(server.ask("SELECT COUNT(*) FROM customers"), "200");
}

TEST_P(Shop, StopsOnDemand) {
  stop.request_stop();
  const auto report = generate();
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().kind(), ErrorKind::kCancelled);
  EXPECT_EQ(server.ask("SELECT COUNT(*) FROM orders"), "0");
}

TEST_P(Shop, NeedsADatabaseInTheUri) {
  const ShopRequest request{.endpoint = {.scheme = "mysql", .host = "127.0.0.1", .user = "root"}};
  EXPECT_EQ(generate_shop(request, clock, {}, {}).error().kind(), ErrorKind::kInvalid);
}

TEST(ShopOnTwoServers, IsTheSameByteForByte) {
  SystemClock clock;
  std::vector<Digest> digests;
  for (const char* variable : {"MYSQL_URI", "MARIADB_URI"}) {
    ShopServer server(variable);
    ASSERT_TRUE(server.session);
    ASSERT_TRUE(generate_shop({.endpoint = server.endpoint, .customers = 200}, clock, {}, {}).ok());
    server.use();
    digests.push_back(content(server));
  }
  EXPECT_EQ(digests[0], digests[1]);
}

}  // namespace
}  // namespace syncline::generate
