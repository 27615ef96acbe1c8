#pragma once

#include <mongoc/mongoc.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/pipeline.h"
#include "mongo/handles.h"

namespace syncline::mongo {

/// One connection to one database. One thread at a time. Every call blocks, up to the timeout that
/// it was opened with; errors as in errors.h, naming server and database.
class Store {
 public:
  /// Connects, so that a store that is away is noticed now. kInvalid: the URI is not one, or names
  /// no database.
  static Result<std::unique_ptr<Store>> open(const config::MongoConfig& config,
                                             std::chrono::milliseconds timeout);

  /// Runs a command. An ok reply may still have write errors in it.
  Result<void> run(const bson_t& command, Bson& reply);

  /// Of a bson_t, by the name that carries no alignment (a template argument would lose it).
  using Visit = std::function<Result<void>(const _bson_t& document)>;

  /// Visits what a query finds; the first error of `visit` ends it.
  Result<void> find(const std::string& collection, const bson_t& filter, const bson_t& options,
                    const Visit& visit);

  /// "mongodb://127.0.0.1:27017/shop": for messages.
  const std::string& where() const { return where_; }

 private:
  Store(ClientHandle client, std::string database, std::string where);

  const ClientHandle client_;
  const std::string database_;
  const std::string where_;
};

}  // namespace syncline::mongo
