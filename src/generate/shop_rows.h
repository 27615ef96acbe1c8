#pragma once

#include <cstdint>
#include <string_view>

#include "generate/insert_text.h"
#include "generate/random.h"

namespace syncline::generate {

/// How an order looks, known without making its rows.
struct OrderShape {
  uint64_t items;
  uint64_t payments;
  std::string_view status;
};

/// Where the rows of an order go.
struct OrderTexts {
  InsertText orders;
  InsertText items;
  InsertText payments;
};

/// The rows of a shop. Each row follows from seed, size and its number alone, so that they can be
/// made in any order, by any number of threads, and are the same byte for byte on every machine.
/// JSON is written as MySQL prints it, so that MariaDB, which keeps the text, holds the same. Safe
/// for concurrent use.
class ShopRows {
 public:
  ShopRows(uint64_t seed, uint64_t customers);

  uint64_t customers() const { return customers_; }
  uint64_t orders() const { return customers_ * 2; }
  uint64_t products() const { return products_; }

  /// Numbers begin at 1. Customers past customers() continue the row of those that exist.
  void country(uint64_t number, InsertText& out) const;
  void category(uint64_t id, InsertText& out) const;
  void product(uint64_t id, InsertText& out) const;
  void customer(uint64_t id, InsertText& out) const;

  uint64_t address_count(uint64_t customer) const;
  /// All addresses of a customer, their ids from `first_id` on.
  void addresses(uint64_t customer, uint64_t first_id, InsertText& out) const;

  OrderShape shape(uint64_t order) const;
  /// An order with its items and payments; total = sum of quantity * unit_price = sum of the
  /// payments of a paid order that was not taken back.
  void order(uint64_t id, uint64_t first_payment_id, OrderTexts& out) const;

  /// Who placed the order: the customers of its time, early ones more often.
  uint64_t customer_of(uint64_t order) const;
  /// Milliseconds since 1970; rises with the order's number.
  int64_t placed_at_ms(uint64_t order) const;
  Seconds created_at(uint64_t customer) const;
  /// A product, a few of them most of the time.
  uint64_t popular_product(Random& random) const;
  /// Price in cents.
  int64_t price(uint64_t product) const;

 private:
  enum Kind : uint64_t {
    kProduct = 1,
    kPrice,
    kCustomer,
    kCountry,
    kAddress,
    kAddressCount,
    kShape,
    kOrder,
    kOrderCustomer,
    kOrderTime
  };
  struct Place;  // of an address

  Random random(Kind kind, uint64_t number) const { return Random(seed_, kind, number); }
  uint64_t country_of(uint64_t customer) const;
  /// Time since the opening as a fraction of 2^30: more orders as the shop grows.
  uint64_t order_time(uint64_t order) const;
  uint64_t early_customers() const { return customers_ / 20 + 1; }
  Place place(uint64_t customer, uint64_t index) const;
  void order_row(uint64_t id, const OrderShape& shape, int64_t total, InsertText& out) const;
  void payment_rows(uint64_t order, uint64_t first_id, int64_t total, InsertText& out) const;

  uint64_t seed_;
  uint64_t customers_;
  uint64_t products_;
  uint64_t product_step_;
};

}  // namespace syncline::generate
