#include <gmock/gmock.h>

#include <thread>

#include "generate/shop.h"
#include "generate/shop_server_testing.h"
#include "generate/traffic_mix.h"

namespace syncline::generate {
namespace {

using std::chrono::milliseconds;

class Traffic : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(server.session);
    server.use();
  }
  void generate() {
    const auto report =
        generate_shop({.endpoint = server.endpoint, .customers = 200}, clock, {}, {});
    ASSERT_TRUE(report.ok()) << report.error().text();
  }
  TrafficRequest request(double rate, int seconds) const {
    return {.endpoint = server.endpoint,
            .rate = rate,
            .duration = std::chrono::seconds(seconds),
            .connections = 4};
  }
  std::string wrong_totals() {
    return server.ask(
        "SELECT COUNT(*) FROM orders o WHERE total <> (SELECT COALESCE(SUM(quantity * "
        "unit_price), 0) FROM order_items WHERE order_id = o.id)");
  }
  // Sessions of the traffic, by its database.
  std::vector<std::string> traffic_sessions() {
    std::vector<std::string> ids;
    const auto rows = server.session->rows(
        "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> "
        "CONNECTION_ID()");
    EXPECT_TRUE(rows.ok());
    for (const auto& row : *rows) ids.push_back(*row[0]);
    return ids;
  }

  ShopServer server{GetParam()};
  SystemClock clock;
};

INSTANTIATE_TEST_SUITE_P(Servers, Traffic, testing::Values("MYSQL_URI", "MARIADB_URI"));

TEST_P(Traffic, MakesEveryKindOfChange) {
  generate();
  const auto report = run_traffic(request(0, 2), clock, {}, {});
  ASSERT_TRUE(report.ok()) << report.error().text();
  for (const TransactionKind& kind : traffic_mix()) {
    EXPECT_TRUE(report->changes.contains(std::string(kind.name))) << kind.name;
  }
  EXPECT_GT(report->transactions, 100u);
  EXPECT_GT(report->rollbacks, 0u);
  EXPECT_GT(report->statements, report->transactions);
  EXPECT_EQ(wrong_totals(), "0");
}

TEST_P(Traffic, KeepsToItsRate) {
  generate();
  const auto report = run_traffic(request(60, 1), clock, {}, {});
  ASSERT_TRUE(report.ok()) << report.error().text();
  EXPECT_NEAR(static_cast<double>(report->transactions + report->rollbacks), 60, 10);
}

TEST_P(Traffic, RunsAgainOnAShopThatItChanged) {
  generate();
  for (int i = 0; i < 2; ++i) {
    const auto report = run_traffic(request(0, 1), clock, {}, {});
    ASSERT_TRUE(report.ok()) << report.error().text();
    EXPECT_GT(report->transactions, 50u);
  }
}

TEST_P(Traffic, GoesOnAfterLosingItsConnections) {
  generate();
  std::jthread killer([this](std::stop_token stop) {
    clock.sleep(milliseconds(500), stop);
    for (const std::string& id : traffic_sessions()) server.ask("KILL " + id);
  });
  std::atomic<uint64_t> after_the_loss = 0;
  const auto report = run_traffic(request(100, 2), clock, {}, [&](const TrafficReport& now) {
    if (now.seconds > 1) after_the_loss = now.transactions;
  });
  ASSERT_TRUE(report.ok()) << report.error().text();
  EXPECT_GE(report->errors, 4u);
  EXPECT_GT(after_the_loss, 0u);
}

TEST_P(Traffic, EndsEarlyWhenStopped) {
  generate();
  std::stop_source stop;
  const auto report = run_traffic(request(100, 60), clock, stop.get_token(),
                                  [&](const TrafficReport&) { stop.request_stop(); });
  ASSERT_TRUE(report.ok()) << report.error().text();
  EXPECT_LT(report->seconds, 10);
}

TEST_P(Traffic, NeedsAShop) {
  const auto absent = run_traffic(request(0, 1), clock, {}, {});
  ASSERT_FALSE(absent.ok());
  EXPECT_EQ(absent.error().kind(), ErrorKind::kInvalid);
  EXPECT_THAT(absent.error().text(), testing::HasSubstr("no generated shop"));
}

}  // namespace
}  // namespace syncline::generate
