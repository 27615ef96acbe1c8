#pragma once

#include <gtest/gtest.h>
#include <mongoc/mongoc.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>

#include "config/options.h"
#include "config/pipeline.h"
#include "config/uri.h"
#include "mongo/mongo_target.h"
#include "mongo/record_bson.h"
#include "mongo/store.h"
#include "ports/target_store_testing.h"

namespace syncline::mongo {

/// A database of its own on the server of MONGODB_URI, dropped at the end.
class MongoStore final : public ports::StoreUnderTest {
 public:
  MongoStore() {
    static std::atomic<int> number = 0;
    const char* uri = std::getenv("MONGODB_URI");
    if (uri == nullptr) throw std::runtime_error("MONGODB_URI is not set");
    database_ = "syncline_test_" + std::to_string(getpid()) + "_" + std::to_string(++number);
    config_ = config_of(std::string(uri) + "/" + database_);
    store_ = Store::open(config_, std::chrono::seconds(10)).value();
  }
  ~MongoStore() override { EXPECT_TRUE(run(R"({"dropDatabase": 1})").ok()); }

  static config::MongoConfig config_of(const std::string& uri) {
    config::Endpoint endpoint = config::parse_uri(uri, "mongodb").value();
    return {.endpoint = endpoint, .uri = config::driver_uri(uri, endpoint).value()};
  }

  static config::Options options() {
    config::Options options;
    options.document_bytes_max = kTooLarge;
    return options;
  }

  std::unique_ptr<ports::TargetConnector> connector(const ports::Identity& identity,
                                                    Clock& clock) override {
    return make_connector(config_, options(), identity, clock);
  }

  std::unique_ptr<ports::TargetConnector> connector_to_nowhere(Clock& clock) override {
    return make_connector(config_of("mongodb://127.0.0.1:1/nothing"), options(), {}, clock);
  }

  void put_foreign(const document::DocumentPlan& plan, int64_t id) override {
    const Result<void> put =
        run(R"({"insert": ")" + plan.name.value + R"(", "documents": [{"_id": {"$numberLong": ")" +
            std::to_string(id) + R"("}, "text": "foreign"}]})");
    ASSERT_TRUE(put.ok()) << put.error().text();
  }

  /// Runs a command in extended JSON.
  Result<void> run(const std::string& json) {
    bson_error_t error;
    Bson command;
    if (!bson_init_from_json(command.uninitialised(), json.data(),
                             static_cast<ssize_t>(json.size()), &error)) {
      return internal(error.message);
    }
    Bson reply;
    TRY(store_->run(*command.get(), reply));
    bson_iter_t at;
    if (bson_iter_init_find(&at, reply.get(), "writeErrors")) return invalid("write errors");
    return {};
  }

  /// The document of an _id in extended JSON, as extended JSON; empty when absent.
  std::string find(const std::string& collection, const std::string& filter_json) {
    Bson filter;
    bson_error_t error;
    EXPECT_TRUE(bson_init_from_json(filter.uninitialised(), filter_json.data(),
                                    static_cast<ssize_t>(filter_json.size()), &error));
    const Bson options;
    std::string found;
    const auto visited =
        store_->find(collection, *filter.get(), *options.get(), [&](const bson_t& document) {
          const TextHandle json(bson_as_canonical_extended_json(&document, nullptr));
          found += json.get();
          return Result<void>();
        });
    EXPECT_TRUE(visited.ok());
    return found;
  }

  const config::MongoConfig& config() const { return config_; }

 private:
  std::string database_;
  config::MongoConfig config_;
  std::unique_ptr<Store> store_;
};

}  // namespace syncline::mongo
