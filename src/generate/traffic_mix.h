#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/log.h"
#include "base/result.h"
#include "generate/random.h"
#include "generate/shop_rows.h"
#include "mysql/connection.h"

namespace syncline::generate {

/// The highest ids in use, of which new ones follow and existing ones are drawn. Another program
/// may take ids too: then an insert fails with a duplicate key, and read() catches up. Safe for
/// concurrent use.
struct ShopIds {
  std::atomic<uint64_t> customers = 0;
  std::atomic<uint64_t> addresses = 0;
  std::atomic<uint64_t> products = 0;
  std::atomic<uint64_t> orders = 0;
  std::atomic<uint64_t> payments = 0;

  /// Raises all to what the tables hold. Errors as mysql::Connection; kInvalid when there is no
  /// shop.
  Result<void> read(mysql::Connection& session);
};

/// What one kind of transaction works with: its session, its random numbers, the shop. One thread
/// at a time.
class Transaction {
 public:
  Transaction(mysql::Connection& session, const ShopRows& shop, ShopIds& ids, Random random)
      : random(random), shop(shop), ids(ids), session_(session) {}

  template <typename... Args>
  Result<mysql::Done> execute(fmt::format_string<Args...> format, Args&&... args) {
    ++statements_;
    return session_.execute(fmt::format(format, std::forward<Args>(args)...));
  }
  /// The only value of a SELECT; nothing when there is no row.
  template <typename... Args>
  Result<std::optional<uint64_t>> number(fmt::format_string<Args...> format, Args&&... args) {
    return ask(fmt::format(format, std::forward<Args>(args)...));
  }
  /// An id that exists at this moment, near a random one of [1, max]. Nothing when the table is
  /// empty from there on.
  Result<std::optional<uint64_t>> any(std::string_view table, uint64_t max);
  /// The same, mostly near max: what was placed lately.
  Result<std::optional<uint64_t>> recent(std::string_view table, uint64_t max);

  uint64_t statements() const { return statements_; }

  Random random;
  const ShopRows& shop;
  ShopIds& ids;

 private:
  Result<std::optional<uint64_t>> ask(const std::string& sql);

  mysql::Connection& session_;
  uint64_t statements_ = 0;
};

/// One kind of transaction, as an application makes it.
struct TransactionKind {
  std::string_view name;
  unsigned weight;  ///< its share of all
  /// Runs the statements between START TRANSACTION and COMMIT. False: found nothing to change.
  Result<bool> (*run)(Transaction&);
};

std::span<const TransactionKind> traffic_mix();

/// One of them, by weight.
const TransactionKind& pick(Random& random);

}  // namespace syncline::generate
