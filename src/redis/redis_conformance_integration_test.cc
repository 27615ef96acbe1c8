#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

#include "ports/target_conformance_testing.h"
#include "redis/private_server_testing.h"
#include "redis/redis_target.h"
#include "redis/scan.h"

namespace syncline::redis {
namespace {

using config::RedisForm;

/// REDIS_URI (redis://HOST:PORT/DATABASE), taken apart.
config::Endpoint endpoint_of_environment() {
  const char* uri = std::getenv("REDIS_URI");
  config::Endpoint endpoint{.scheme = "redis"};
  if (uri == nullptr) {
    ADD_FAILURE() << "REDIS_URI is not set";
    return endpoint;
  }
  const std::string rest = std::string(uri).substr(std::string("redis://").size());
  const size_t colon = rest.find(':');
  endpoint.host = rest.substr(0, colon);
  endpoint.port = std::atoi(rest.c_str() + colon + 1);
  return endpoint;
}

/// A prefix of its own in the server of REDIS_URI.
class RedisPlace final : public ports::StoreUnderTest {
 public:
  explicit RedisPlace(RedisForm form) {
    static std::atomic<int> number = 0;
    prefix_ = "test" + std::to_string(getpid()) + "x" + std::to_string(++number);
    config_.endpoint = endpoint_of_environment();
    config_.key_template = prefix_ + ":{document}:{key}";
    config_.form = form;
  }

  ~RedisPlace() override {
    const auto connection = Connection::open(config_.endpoint, std::chrono::seconds(5));
    if (!connection.ok()) return;
    for (const std::string& pattern : {prefix_ + ":*", "syncline:*:" + prefix_ + ":*"}) {
      std::string cursor;
      do {
        const Result<ScanPage> page = scan(**connection, cursor, pattern, 1000);
        if (!page.ok()) return;
        Arguments command{"DEL", "nothing"};
        for (const std::string& key : page->keys) command.add(key);
        EXPECT_TRUE((*connection)->call(command).ok());
        cursor = page->cursor;
      } while (!cursor.empty());
    }
  }

  std::unique_ptr<ports::TargetConnector> connector(const ports::Identity& identity,
                                                    Clock& clock) override {
    return make_connector(config_, {.document_bytes_max = kTooLarge}, identity, clock);
  }

  std::unique_ptr<ports::TargetConnector> connector_to_nowhere(Clock& clock) override {
    config::RedisConfig nowhere = config_;
    nowhere.endpoint.host = "127.0.0.1";
    nowhere.endpoint.port = 1;
    return make_connector(nowhere, {}, {}, clock);
  }

  void put_foreign(const ports::DocumentPlan& plan, int64_t id) override {
    const std::string key = prefix_ + ":" + plan.name.value + ":" + std::to_string(id);
    if (config_.form == RedisForm::kHash) {
      redis_command(config_.endpoint, {"HSET", key, "text", "a stranger's"});
    } else {
      redis_command(config_.endpoint, {"SET", key, R"({"text":"a stranger's"})"});
    }
  }

 private:
  std::string prefix_;
  config::RedisConfig config_;
};

}  // namespace
}  // namespace syncline::redis

namespace syncline::ports {

INSTANTIATE_TEST_SUITE_P(
    Redis, TargetConformance,
    testing::Values(
        ConformanceCase{
            "Hash", [] { return std::make_unique<redis::RedisPlace>(config::RedisForm::kHash); }},
        ConformanceCase{
            "Json", [] { return std::make_unique<redis::RedisPlace>(config::RedisForm::kJson); }}),
    [](const auto& info) { return info.param.name; });

}  // namespace syncline::ports
