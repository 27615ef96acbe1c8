#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <string>

#include "base/log.h"
#include "config/uri.h"
#include "mysql/connection.h"

namespace syncline::generate {

/// A database of its own on the server that an environment variable names; dropped in the end.
class ShopServer {
 public:
  explicit ShopServer(const char* variable) {
    const char* uri = std::getenv(variable);
    if (uri == nullptr) {
      ADD_FAILURE() << variable << " is not set: start the servers with ./dev servers start";
      return;
    }
    static int number = 0;
    auto parsed =
        config::parse_uri(fmt::format("{}/generate_test_{}_{}", uri, getpid(), number++), "mysql");
    if (!parsed.ok()) {
      ADD_FAILURE() << parsed.error().text();
      return;
    }
    endpoint = *parsed;
    config::Endpoint no_database = endpoint;
    no_database.database.clear();
    auto opened = mysql::Connection::open({.endpoint = no_database});
    if (!opened.ok()) {
      ADD_FAILURE() << opened.error().text();
      return;
    }
    session = std::move(*opened);
  }

  ~ShopServer() {
    if (session) ask("DROP DATABASE IF EXISTS " + endpoint.database);
  }

  /// Makes the database, if it is to be there before the shop, and uses it.
  void use() {
    ask("CREATE DATABASE IF NOT EXISTS " + endpoint.database);
    ask("USE " + endpoint.database);
  }

  /// The value, "NULL", or the error's text.
  std::string ask(const std::string& sql) {
    if (!session) return "no session";
    const auto value = session->value(sql);
    return value.ok() ? value->value_or("NULL") : value.error().text();
  }

  config::Endpoint endpoint;
  std::optional<mysql::Connection> session;
};

}  // namespace syncline::generate
