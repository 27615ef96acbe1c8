#include "generate/shop_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/digest.h"
#include "base/text.h"
#include "generate/vocabulary.h"

namespace syncline::generate {
namespace {

// All rows of a shop as text.
std::string text_of(const ShopRows& shop) {
  InsertText other("");
  OrderTexts texts{InsertText(""), InsertText(""), InsertText("")};
  for (uint64_t i = 1; i <= countries().size(); ++i) shop.country(i, other);
  for (uint64_t i = 1; i <= categories().size(); ++i) shop.category(i, other);
  for (uint64_t i = 1; i <= shop.products(); ++i) shop.product(i, other);
  for (uint64_t i = 1; i <= shop.customers(); ++i) {
    shop.customer(i, other);
    shop.addresses(i, i * 4, other);
  }
  for (uint64_t i = 1; i <= shop.orders(); ++i) shop.order(i, i * 4, texts);
  std::string all(other.sql());
  all += texts.orders.sql();
  all += texts.items.sql();
  all += texts.payments.sql();
  return all;
}

// The fields of "(a,b),(c,d)" without quoting, row by row.
std::vector<std::vector<std::string>> rows_of(const InsertText& text) {
  std::vector<std::vector<std::string>> rows;
  for (std::string row : split(text.sql(), '(')) {
    if (row.empty()) continue;
    row.resize(row.find(')'));
    rows.push_back(split(row, ','));
  }
  return rows;
}

int64_t cents(std::string_view decimal) {
  std::string digits;
  std::copy_if(decimal.begin(), decimal.end(), std::back_inserter(digits),
               [](char c) { return c != '.'; });
  int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

TEST(ShopRows, AreTheSameOnEveryMachine) {
  EXPECT_EQ(to_string(digest_of(text_of(ShopRows(1, 200)))), "a25f18be2405aef61065bb2674f07621");
}

TEST(ShopRows, FollowTheSeed) {
  EXPECT_EQ(text_of(ShopRows(5, 20)), text_of(ShopRows(5, 20)));
  EXPECT_NE(text_of(ShopRows(5, 20)), text_of(ShopRows(6, 20)));
}

TEST(ShopRows, AreValidUtf8) { EXPECT_TRUE(is_utf8(text_of(ShopRows(3, 300)))); }

TEST(ShopRows, AddUpToTheTotalOfTheOrder) {
  const ShopRows shop(1, 200);
  for (uint64_t id = 1; id <= shop.orders(); ++id) {
    OrderTexts texts{InsertText(""), InsertText(""), InsertText("")};
    shop.order(id, 1, texts);
    int64_t total = 0;
    for (const auto& item : rows_of(texts.items)) total += std::stoll(item[3]) * cents(item[4]);
    int64_t paid = 0;
    if (texts.payments.rows() > 0) {
      for (const auto& payment : rows_of(texts.payments)) paid += cents(payment[3]);
    }
    const std::string_view status = shop.shape(id).status;
    const bool is_paid = status == "paid" || status == "shipped" || status == "delivered";
    EXPECT_EQ(paid, is_paid ? total : 0) << id << " " << status;
    EXPECT_EQ(cents(rows_of(texts.orders)[0][6]), total) << id;
  }
}

TEST(ShopRows, HaveTheNumbersPromisedForEachCustomer) {
  const ShopRows shop(1, 20000);
  uint64_t addresses = 0;
  uint64_t items = 0;
  uint64_t payments = 0;
  for (uint64_t id = 1; id <= shop.customers(); ++id) addresses += shop.address_count(id);
  for (uint64_t id = 1; id <= shop.orders(); ++id) {
    items += shop.shape(id).items;
    payments += shop.shape(id).payments;
  }
  EXPECT_NEAR(static_cast<double>(addresses) / 20000, 1.3, 0.05);
  EXPECT_NEAR(static_cast<double>(shop.orders()) / 20000, 2, 0.001);
  EXPECT_NEAR(static_cast<double>(items) / 20000, 5, 0.4);
  EXPECT_NEAR(static_cast<double>(payments) / 20000, 2, 0.25);
}

TEST(ShopRows, GiveAFewCustomersManyOrders) {
  const ShopRows shop(1, 20000);
  std::vector<uint64_t> orders(shop.customers() + 1);
  for (uint64_t id = 1; id <= shop.orders(); ++id) ++orders[shop.customer_of(id)];
  std::sort(orders.rbegin(), orders.rend());
  uint64_t of_the_first_fifth = 0;
  for (size_t i = 0; i < 4000; ++i) of_the_first_fifth += orders[i];
  EXPECT_GT(of_the_first_fifth, shop.orders() / 2);
  EXPECT_LT(orders[0], 1000u);
  EXPECT_GT(std::count(orders.begin(), orders.end(), 0), 1000);
}

TEST(ShopRows, SellAFewProductsOften) {
  const ShopRows shop(1, 20000);
  Random random(1);
  std::vector<uint64_t> sold(shop.products() + 1);
  for (int i = 0; i < 100000; ++i) ++sold.at(shop.popular_product(random));
  EXPECT_EQ(sold[0], 0u);
  std::sort(sold.rbegin(), sold.rend());
  EXPECT_GT(sold[0], 1500u);
  EXPECT_GT(sold[shop.products() - 1], 5u);
}

TEST(ShopRows, PlaceOrdersInOrderOfTheirNumbers) {
  const ShopRows shop(1, 20000);
  for (uint64_t id = 2; id <= shop.orders(); ++id) {
    EXPECT_LE(shop.placed_at_ms(id - 1), shop.placed_at_ms(id));
  }
}

TEST(ShopRows, RegisterCustomersBeforeTheyOrder) {
  const ShopRows shop(1, 20000);
  for (uint64_t id = 1; id <= shop.orders(); ++id) {
    EXPECT_LE(shop.created_at(shop.customer_of(id)) * 1000, shop.placed_at_ms(id)) << id;
  }
}

TEST(ShopRows, WorkForASingleCustomer) {
  const ShopRows shop(1, 1);
  EXPECT_EQ(shop.customer_of(1), 1u);
  EXPECT_EQ(shop.customer_of(2), 1u);
  EXPECT_FALSE(text_of(shop).empty());
}

}  // namespace
}  // namespace syncline::generate
