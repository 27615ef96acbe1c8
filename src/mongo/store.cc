#include "mongo/store.h"

#include <algorithm>

#include "base/log.h"
#include "mongo/errors.h"

namespace syncline::mongo {

namespace {

// A server that is there answers the first hello at once; one that is not should not hold up
// others.
constexpr std::chrono::milliseconds kConnectTimeoutMax{2500};

void forward_log(mongoc_log_level_t level, const char* domain, const char* message, void*) {
  if (level <= MONGOC_LOG_LEVEL_WARNING) log_debug("{}: {}", domain, message);
}

void start_library() {
  static const Library library;
  mongoc_log_set_handler(&forward_log, nullptr);
}

Result<UriHandle> parse_uri(const config::MongoConfig& config, std::chrono::milliseconds timeout) {
  bson_error_t error;
  UriHandle uri(mongoc_uri_new_with_error(config.uri.c_str(), &error));
  // The driver's words may quote the URI, and with it the password.
  if (uri == nullptr) {
    return invalid(config.endpoint.display() + " is not a MongoDB URI",
                   "write mongodb://user@host:27017/database");
  }
  if (mongoc_uri_get_database(uri.get()) == nullptr) {
    return invalid(config.endpoint.display() + " names no database",
                   "write mongodb://host:27017/database");
  }
  const auto milliseconds = [](std::chrono::milliseconds duration) {
    return static_cast<int32_t>(duration.count());
  };
  const auto connect_timeout = std::min(timeout, kConnectTimeoutMax);
  mongoc_uri_set_option_as_int32(uri.get(), MONGOC_URI_CONNECTTIMEOUTMS,
                                 milliseconds(connect_timeout));
  mongoc_uri_set_option_as_int32(uri.get(), MONGOC_URI_SERVERSELECTIONTIMEOUTMS,
                                 milliseconds(connect_timeout));
  mongoc_uri_set_option_as_int32(uri.get(), MONGOC_URI_SOCKETTIMEOUTMS, milliseconds(timeout));
  // The driver would wait for the timeout again; whoever calls decides what is repeated.
  mongoc_uri_set_option_as_bool(uri.get(), MONGOC_URI_RETRYREADS, false);
  mongoc_uri_set_appname(uri.get(), "syncline");
  return uri;
}

}  // namespace

Store::Store(ClientHandle client, std::string database, std::string where)
    : client_(std::move(client)), database_(std::move(database)), where_(std::move(where)) {}

Result<std::unique_ptr<Store>> Store::open(const config::MongoConfig& config,
                                           std::chrono::milliseconds timeout) {
  start_library();
  const UriHandle uri = TRY(parse_uri(config, timeout));
  bson_error_t error;
  ClientHandle client(mongoc_client_new_from_uri_with_error(uri.get(), &error));
  const std::string where = config.endpoint.display();
  if (client == nullptr && error.domain == MONGOC_ERROR_STREAM) return error_of(error, where);
  if (client == nullptr) {
    return invalid(where + ": " + error.message, "correct targets.mongodb.uri");
  }
  mongoc_client_set_error_api(client.get(), MONGOC_ERROR_API_VERSION_2);
  // Whatever the URI prefers: a secondary does not know the newest tombstones yet.
  const ReadPreference primary(mongoc_read_prefs_new(MONGOC_READ_PRIMARY));
  mongoc_client_set_read_prefs(client.get(), primary.get());
  std::unique_ptr<Store> store(
      new Store(std::move(client), mongoc_uri_get_database(uri.get()), where));
  // Needs a right, unlike ping: so a wrong password shows here.
  Bson command;
  BSON_APPEND_INT32(command.get(), "listCollections", 1);
  BSON_APPEND_BOOL(command.get(), "nameOnly", true);
  Bson reply;
  TRY(store->run(*command.get(), reply));
  return store;
}

Result<void> Store::run(const bson_t& command, Bson& reply) {
  bson_error_t error;
  if (!mongoc_client_command_simple(client_.get(), database_.c_str(), &command, nullptr,
                                    reply.uninitialised(), &error)) {
    return error_of(error, where_);
  }
  return {};
}

Result<void> Store::find(const std::string& collection, const bson_t& filter, const bson_t& options,
                         const Visit& visit) {
  const CollectionHandle handle(
      mongoc_client_get_collection(client_.get(), database_.c_str(), collection.c_str()));
  const CursorHandle cursor(
      mongoc_collection_find_with_opts(handle.get(), &filter, &options, nullptr));
  const bson_t* document = nullptr;
  while (mongoc_cursor_next(cursor.get(), &document)) TRY(visit(*document));
  bson_error_t error;
  if (mongoc_cursor_error(cursor.get(), &error)) return error_of(error, where_);
  return {};
}

}  // namespace syncline::mongo
