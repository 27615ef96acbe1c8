#include "generate/traffic_mix.h"

#include <algorithm>
#include <charconv>

#include "generate/shop_schema.h"
#include "generate/vocabulary.h"

namespace syncline::generate {
namespace {

using Id = std::optional<uint64_t>;

constexpr std::string_view kNoShopHint = "run 'syncline generate shop' first";

uint64_t number_of(std::string_view digits) {
  uint64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

void raise(std::atomic<uint64_t>& highest, uint64_t id) {
  uint64_t known = highest.load();
  while (known < id && !highest.compare_exchange_weak(known, id)) {
  }
}

Result<Id> any_customer(Transaction& t) { return t.any("customers", t.ids.customers); }
Result<Id> any_order(Transaction& t) { return t.any("orders", t.ids.orders); }
Result<Id> recent_order(Transaction& t) { return t.recent("orders", t.ids.orders); }
Result<Id> any_payment(Transaction& t) { return t.any("payments", t.ids.payments); }

bool changed(const mysql::Done& done) { return done.affected_rows > 0; }

// An order's total is the sum of its items, whatever happens to them.
Result<void> add_up(Transaction& t, uint64_t order, uint64_t other) {
  TRY(
      t.execute("UPDATE orders SET total = (SELECT COALESCE(SUM(quantity * unit_price), 0) FROM "
                "order_items WHERE order_id = orders.id), item_count = (SELECT COUNT(*) FROM "
                "order_items WHERE order_id = orders.id) WHERE id IN ({}, {})",
                order, other));
  return {};
}

Result<uint64_t> insert_order(Transaction& t, uint64_t customer, std::string_view status) {
  const auto done = TRY(t.execute(
      "INSERT INTO orders (number, customer_id, status, currency, total, item_count, client_ip, "
      "placed_at) VALUES ('T{:016x}', {}, '{}', 'EUR', 0, 0, X'{:08X}', NOW(3))",
      t.random.next(), customer, status, t.random.below(UINT32_MAX)));
  raise(t.ids.orders, done.insert_id);
  return done.insert_id;
}

Result<void> insert_payment(Transaction& t, uint64_t order) {
  TRY(
      t.execute("INSERT INTO payments (id, order_id, method, amount, paid_at) SELECT {}, id, "
                "'{}', total, NOW() FROM orders WHERE id = {}",
                ++t.ids.payments, t.random.chance(60) ? "card" : "paypal", order));
  return {};
}

Result<bool> place_order(Transaction& t) {
  const Id customer = TRY(any_customer(t));
  if (!customer) return false;
  const uint64_t order = TRY(insert_order(t, *customer, "paid"));
  std::string products;
  const uint64_t lines = 1 + t.random.skewed(6);
  for (uint64_t i = 0; i < lines; ++i) {
    products += fmt::format("{}{}", i == 0 ? "" : ", ", t.shop.popular_product(t.random));
  }
  TRY(
      t.execute("INSERT INTO order_items (order_id, line_no, product_id, quantity, unit_price) "
                "SELECT {0}, FIELD(id, {1}), id, 1 + id % 3, price FROM products WHERE id IN ({1})",
                order, products));
  TRY(add_up(t, order, order));
  TRY(insert_payment(t, order));
  return true;
}

Result<bool> order_again(Transaction& t) {
  const Id old = TRY(any_order(t));
  const Id customer = TRY(any_customer(t));
  if (!old || !customer) return false;
  const uint64_t order = TRY(insert_order(t, *customer, "pending"));
  TRY(
      t.execute("INSERT INTO order_items (order_id, line_no, product_id, quantity, unit_price, "
                "engraving) SELECT {}, line_no, product_id, quantity, unit_price, engraving FROM "
                "order_items WHERE order_id = {}",
                order, *old));
  TRY(add_up(t, order, order));
  return true;
}

Result<bool> change_customer(Transaction& t) {
  // What differs in upper and lower case only is a change, whatever the collation says.
  constexpr std::string_view kChanges[] = {
      "visits = visits + 1, last_login_at = NOW(3)",
      "visits = visits + 1, last_login_at = NOW(3)",
      "first_name = UPPER(first_name)",
      "first_name = LOWER(first_name), last_name = CONCAT(LEFT(last_name, 50), ' 🎈')",
      "last_name = IF(last_name LIKE '% 🎈%', LEFT(last_name, CHAR_LENGTH(last_name) - 2), "
      "UPPER(last_name))",
      "phone = IF(phone IS NULL, '+49 30 1234567', NULL), newsletter = 1 - newsletter",
      "preferences = JSON_SET(COALESCE(preferences, JSON_OBJECT()), '$.max_emails', visits % 9)",
      "note = 'He said: \"it''s C:\\\\new\"', avatar = X'00FF27', interests = 'home,music'",
      "credit_limit = COALESCE(credit_limit, 0) + 0.01, score = score + 0.25, level = 'gold'",
  };
  const Id customer = TRY(any_customer(t));
  if (!customer) return false;
  return changed(TRY(t.execute("UPDATE customers SET {} WHERE id = {}",
                               kChanges[t.random.below(std::size(kChanges))], *customer)));
}

Result<bool> hide_customer(Transaction& t) {
  const Id customer = TRY(any_customer(t));
  if (!customer) return false;
  return changed(
      TRY(t.execute("UPDATE customers SET is_deleted = 1 - is_deleted WHERE id = {}", *customer)));
}

Result<bool> change_product(Transaction& t) {
  const uint64_t product = 1 + t.random.below(t.shop.products());
  return changed(
      TRY(t.execute("UPDATE products SET price = price + 0.{:02}, stock = stock - {}, rating = "
                    "COALESCE(rating, 3) + 0.01 WHERE id = {}",
                    1 + t.random.below(20), t.random.below(5), product)));
}

Result<bool> advance_order(Transaction& t) {
  const Id order = TRY(recent_order(t));
  if (!order) return false;
  return changed(
      TRY(t.execute("UPDATE orders SET shipped_at = IF(status = 'paid', NOW(), shipped_at), "
                    "delivered_on = IF(status = 'shipped', CURRENT_DATE(), delivered_on), status "
                    "= CASE status WHEN 'pending' THEN 'paid' WHEN 'paid' THEN 'shipped' WHEN "
                    "'shipped' THEN 'delivered' WHEN 'delivered' THEN 'returned' ELSE 'pending' "
                    "END WHERE id = {}",
                    *order)));
}

Result<bool> pay_order(Transaction& t) {
  const Id order = TRY(recent_order(t));
  if (!order) return false;
  TRY(insert_payment(t, *order));
  return true;
}

Result<bool> delete_order(Transaction& t) {
  const Id order = TRY(any_order(t));
  if (!order) return false;
  TRY(t.execute("DELETE FROM payments WHERE order_id = {}", *order));
  return changed(TRY(t.execute("DELETE FROM orders WHERE id = {}", *order)));  // cascades to items
}

Result<bool> delete_item(Transaction& t) {
  const Id order = TRY(any_order(t));
  if (!order) return false;
  const auto done = TRY(t.execute(
      "DELETE FROM order_items WHERE order_id = {} ORDER BY line_no DESC LIMIT 1", *order));
  TRY(add_up(t, *order, *order));
  return changed(done);
}

Result<bool> register_customer(Transaction& t) {
  const auto tables = shop_tables();
  const auto head = [&](std::string_view name) {
    return std::find_if(tables.begin(), tables.end(),
                        [&](const ShopTable& table) { return table.name == name; })
        ->insert_head;
  };
  const uint64_t customer = ++t.ids.customers;
  InsertText row(head("customers"));
  t.shop.customer(customer, row);
  TRY(t.execute("{}", row.sql()));
  const uint64_t count = t.shop.address_count(customer);
  if (count == 0) return true;
  InsertText rows(head("addresses"));
  t.shop.addresses(customer, t.ids.addresses.fetch_add(count) + 1, rows);
  TRY(t.execute("{}", rows.sql()));
  return true;
}

Result<bool> delete_customer(Transaction& t) {
  const Id customer = TRY(any_customer(t));
  if (!customer) return false;
  TRY(
      t.execute("DELETE p FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.customer_id "
                "= {}",
                *customer));
  TRY(t.execute("DELETE FROM orders WHERE customer_id = {}", *customer));
  TRY(t.execute("DELETE FROM addresses WHERE customer_id = {}", *customer));
  return changed(TRY(t.execute("DELETE FROM customers WHERE id = {}", *customer)));
}

Result<bool> renumber_payment(Transaction& t) {
  const Id payment = TRY(any_payment(t));
  if (!payment) return false;
  return changed(
      TRY(t.execute("UPDATE payments SET id = {} WHERE id = {}", ++t.ids.payments, *payment)));
}

Result<bool> renumber_items(Transaction& t) {
  const Id order = TRY(any_order(t));
  if (!order) return false;
  return changed(TRY(t.execute(
      "UPDATE order_items SET line_no = line_no + 1 WHERE order_id = {} ORDER BY line_no DESC",
      *order)));
}

Result<bool> renumber_customer(Transaction& t) {
  // Only one that nothing refers to can change its number.
  const Id customer = TRY(t.number(
      "SELECT id FROM customers c WHERE id >= {} AND NOT EXISTS (SELECT 1 FROM orders WHERE "
      "customer_id = c.id) AND NOT EXISTS (SELECT 1 FROM addresses WHERE customer_id = c.id) "
      "ORDER BY id LIMIT 1",
      1 + t.random.below(t.ids.customers) / 2));
  if (!customer) return false;
  return changed(
      TRY(t.execute("UPDATE customers SET id = {} WHERE id = {}", ++t.ids.customers, *customer)));
}

Result<bool> move_item(Transaction& t) {
  const Id from = TRY(any_order(t));
  const Id to = TRY(any_order(t));
  if (!from || !to || *from == *to) return false;
  const auto done = TRY(t.execute(
      "UPDATE order_items SET order_id = {}, line_no = {} WHERE order_id = {} ORDER BY line_no "
      "LIMIT 1",
      *to, 100 + t.random.below(9900), *from));
  TRY(add_up(t, *from, *to));
  return changed(done);
}

Result<bool> move_address(Transaction& t) {
  const Id address = TRY(t.any("addresses", t.ids.addresses));
  const Id customer = TRY(any_customer(t));
  if (!address || !customer) return false;
  return changed(TRY(t.execute(
      "UPDATE addresses SET customer_id = {}, is_default = 0 WHERE id = {}", *customer, *address)));
}

Result<bool> move_order(Transaction& t) {
  const Id order = TRY(any_order(t));
  const Id customer = TRY(any_customer(t));
  if (!order || !customer) return false;
  return changed(
      TRY(t.execute("UPDATE orders SET customer_id = {} WHERE id = {}", *customer, *order)));
}

Result<bool> replace_payment(Transaction& t) {
  const Id payment = TRY(any_payment(t));
  const Id order = TRY(any_order(t));
  if (!payment || !order) return false;
  return changed(TRY(
      t.execute("REPLACE INTO payments (id, order_id, method, amount, is_refund, paid_at) SELECT "
                "id, {}, 'transfer', amount, is_refund, NOW() FROM payments WHERE id = {}",
                *order, *payment)));
}

Result<bool> deliver_stock(Transaction& t) {
  // Of 500 articles: the first delivery inserts, the others update.
  const uint64_t article = 1 + t.random.below(500);
  return changed(TRY(t.execute(
      "INSERT INTO products (sku, category_id, name, price, stock) VALUES ('up-{}', {}, 'Déjà vu "
      "No {}', {}.99, 5) ON DUPLICATE KEY UPDATE stock = stock + 5, is_active = 1",
      100000000 + article, 6 + article % 14, article, 1 + article % 90)));
}

Result<bool> change_many(Transaction& t) {
  const uint64_t first = 1 + t.random.below(t.ids.customers);
  const auto customers = TRY(
      t.execute("UPDATE customers SET loyalty_points = LEAST(loyalty_points + 7, 60000) WHERE id "
                "BETWEEN {} AND {}",
                first, first + 15));
  const uint64_t order = 1 + t.random.below(t.ids.orders);
  const auto orders = TRY(t.execute(
      "UPDATE orders SET note = IF(note IS NULL, 'checked ✔', NULL) WHERE id BETWEEN {} AND {}",
      order, order + 10));
  return changed(customers) || changed(orders);
}

Result<bool> rename_country(Transaction& t) {
  const auto& country = countries()[t.random.below(countries().size())];
  return changed(TRY(
      t.execute("UPDATE countries SET name = IF(name LIKE '% ★', LEFT(name, CHAR_LENGTH(name) - "
                "2), CONCAT(name, ' ★')), population = population + 1 WHERE code = '{}'",
                country.code)));
}

Result<bool> rename_category(Transaction& t) {
  return changed(
      TRY(t.execute("UPDATE categories SET name = IF(name LIKE '% ★', LEFT(name, "
                    "CHAR_LENGTH(name) - 2), CONCAT(name, ' ★')), position = (position + 1) % 200 "
                    "WHERE id = {}",
                    1 + t.random.below(categories().size()))));
}

// A product or a country is part of many documents, so their shares are small.
constexpr TransactionKind kMix[] = {
    {"place order", 220, place_order},
    {"order again", 40, order_again},
    {"change customer", 200, change_customer},
    {"hide customer", 20, hide_customer},
    {"change product", 15, change_product},
    {"advance order", 160, advance_order},
    {"pay order", 50, pay_order},
    {"delete order", 60, delete_order},
    {"delete item", 30, delete_item},
    {"register customer", 60, register_customer},
    {"delete customer", 15, delete_customer},
    {"renumber payment", 20, renumber_payment},
    {"renumber items", 20, renumber_items},
    {"renumber customer", 10, renumber_customer},
    {"move item", 20, move_item},
    {"move address", 20, move_address},
    {"move order", 15, move_order},
    {"replace payment", 20, replace_payment},
    {"deliver stock", 15, deliver_stock},
    {"change many", 15, change_many},
    {"rename country", 1, rename_country},
    {"rename category", 1, rename_category},
};

}  // namespace

std::span<const TransactionKind> traffic_mix() { return kMix; }

const TransactionKind& pick(Random& random) {
  uint64_t sum = 0;
  for (const TransactionKind& kind : kMix) sum += kind.weight;
  uint64_t ticket = random.below(sum);
  const TransactionKind* kind = kMix;
  while (ticket >= kind->weight) ticket -= kind++->weight;
  return *kind;
}

Result<void> ShopIds::read(mysql::Connection& session) {
  constexpr std::string_view kTables[] = {"customers", "addresses", "products", "orders",
                                          "payments"};
  std::atomic<uint64_t>* const highest[] = {&customers, &addresses, &products, &orders, &payments};
  for (size_t i = 0; i < std::size(kTables); ++i) {
    const auto value =
        session.value(fmt::format("SELECT COALESCE(MAX(id), 0) FROM {}", kTables[i]));
    if (!value.ok() && session.last_code() != 1146) return value.error();
    if (!value.ok()) {
      return invalid(fmt::format("there is no generated shop: table {} is absent", kTables[i]),
                     std::string(kNoShopHint));
    }
    raise(*highest[i], number_of(**value));
  }
  if (customers > 0 && products > 0) return {};
  return invalid("there is no generated shop: its tables are empty", std::string(kNoShopHint));
}

Result<Id> Transaction::any(std::string_view table, uint64_t max) {
  return number("SELECT id FROM {} WHERE id >= {} ORDER BY id LIMIT 1", table,
                1 + random.below(max));
}

Result<Id> Transaction::recent(std::string_view table, uint64_t max) {
  return number("SELECT id FROM {} WHERE id <= {} ORDER BY id DESC LIMIT 1", table,
                max - random.skewed(max));
}

Result<Id> Transaction::ask(const std::string& sql) {
  ++statements_;
  const auto value = TRY(session_.value(sql));
  return value ? Id(number_of(*value)) : Id();
}

}  // namespace syncline::generate
