#include "generate/shop_rows.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <span>

#include "generate/vocabulary.h"

namespace syncline::generate {
namespace {

constexpr Seconds kMinute = 60;
constexpr Seconds kHour = 3600;
constexpr Seconds kDay = 86400;
constexpr Seconds kOpening = 1551398400;   // 2019-03-01
constexpr Seconds kEnd = 1756684800;       // 2025-09-01
constexpr Seconds kBirthMin = -946771200;  // 1940-01-01

template <typename T>
const T& one_of(std::span<const T> list, Random& random) {
  return list[random.below(list.size())];
}

std::array<char, 16> sixteen_bytes(Random& random) {
  std::array<char, 16> bytes;
  for (size_t i = 0; i < bytes.size(); i += 8) {
    const uint64_t value = random.next();
    for (size_t j = 0; j < 8; ++j) bytes[i + j] = static_cast<char>(value >> (8 * j));
  }
  return bytes;
}

// The ASCII letters of a name, in lower case, for an e-mail address.
void append_letters(std::string_view name, InsertText& out) {
  for (const char c : name) {
    const char lower = static_cast<char>(c | 0x20);
    if (lower >= 'a' && lower <= 'z') out.part(std::string_view(&lower, 1));
  }
}

// Some of the labels of a SET column, in the column's order.
InsertText& append_set(std::span<const std::string_view> labels, uint64_t bits, InsertText& out) {
  out.open();
  bool is_first = true;
  for (size_t i = 0; i < labels.size(); ++i) {
    if ((bits >> i & 1) == 0) continue;
    if (!is_first) out.part(",");
    out.part(labels[i]);
    is_first = false;
  }
  return out.close();
}

// The regional indicator symbols of the country's code: its flag.
std::array<char, 8> flag_of(std::string_view code) {
  std::array<char, 8> flag;
  for (size_t i = 0; i < 2; ++i) {
    const std::string_view lead = "\xF0\x9F\x87";
    std::copy(lead.begin(), lead.end(), flag.begin() + static_cast<long>(4 * i));
    flag[4 * i + 3] = static_cast<char>(0xA6 + (code[i] - 'A'));
  }
  return flag;
}

constexpr std::string_view kLabels[] = {"new", "sale", "eco", "handmade", "limited"};
constexpr std::string_view kInterests[] = {"home",  "garden", "tools",  "books",
                                           "sport", "music",  "kitchen"};
constexpr std::string_view kLevels[] = {"bronze", "silver", "gold", "platinum"};
constexpr std::string_view kLanguages[] = {"en", "de", "fr", "es", "it", "pl"};
constexpr std::string_view kAddressKinds[] = {"billing", "shipping", "office"};
constexpr std::string_view kMethods[] = {"card", "paypal", "transfer", "invoice", "gift_card"};

}  // namespace

struct ShopRows::Place {
  const City& city;
  std::string_view street;
  uint64_t house;
  uint64_t postal_code;
  uint64_t country;  // 0-based
};

ShopRows::ShopRows(uint64_t seed, uint64_t customers)
    : seed_(seed),
      customers_(std::max<uint64_t>(customers, 1)),
      products_(50 + customers_ / 16),
      product_step_(40503) {
  while (std::gcd(product_step_, products_) != 1) product_step_ += 2;
}

void ShopRows::country(uint64_t number, InsertText& out) const {
  const Country& country = countries()[number - 1];
  const auto flag = flag_of(country.code);
  out.begin_row().text(country.code).text(country.name).text(country.currency);
  out.number(country.calling_code).decimal(country.vat_percent_100, 2).number(country.is_eu);
  out.number(country.population_thousands * uint64_t{1000});
  out.decimal(country.gdp_per_head * int64_t{10} + 5, 1).text({flag.data(), flag.size()});
  out.end_row();
}

void ShopRows::category(uint64_t id, InsertText& out) const {
  const Category& category = categories()[id - 1];
  out.begin_row().number(id);
  category.parent == 0 ? out.null() : out.number(category.parent);
  out.text(category.name).text(category.slug).number(id).number(id != 5);
  if (category.parent == 0) {
    out.null();
  } else {
    out.open().part("Everything in ").part(category.name).part(", chosen by people who use it.");
    out.close();
  }
  out.end_row();
}

int64_t ShopRows::price(uint64_t product) const {
  Random random = this->random(kPrice, product);
  const uint64_t tier = random.below(100);
  const int64_t cents = tier < 40   ? random.between(300, 2499)
                        : tier < 75 ? random.between(2500, 9999)
                        : tier < 95 ? random.between(10000, 49999)
                                    : random.between(50000, 250000);
  return cents / 10 * 10 + 9;
}

void ShopRows::product(uint64_t id, InsertText& out) const {
  Random random = this->random(kProduct, id);
  const auto all = categories();
  uint64_t category = random.below(all.size());
  while (all[category].nouns.empty()) category = (category + 1) % all.size();
  const auto noun = one_of(all[category].nouns, random);
  const auto adjective = one_of(adjectives(), random);
  const auto material = one_of(materials(), random);
  const auto colour = one_of(colours(), random);
  const Seconds launched = kOpening + random.between(0, 2300) * kDay;
  const int64_t cents = price(id);

  out.begin_row().number(id);
  out.open().part(all[category].slug.substr(0, 2)).part("-").part(100000000 + id).close();
  out.number(category + 1);
  out.open().part(adjective).part(" ").part(material).part(" ").part(noun).close();
  if (random.chance(30)) {
    out.null();
  } else {
    out.open().part("A ").part(colour).part(" ").part(noun).part(" made of ").part(material);
    out.part(", ").part(adjective).part(" and built to last. Rated by ");
    out.part(random.below(5000)).part(" customers; ships in its own box, with a manual.").close();
  }
  out.decimal(cents, 2);
  random.chance(15) ? out.null() : out.decimal(cents * random.between(45, 80), 4);
  out.number(random.below(500));
  random.chance(10) ? out.null() : out.decimal(random.between(1, 400) * 25, 3);
  random.chance(12) ? out.null() : out.decimal(random.between(100, 500), 2);
  out.number(random.below(64));
  append_set(kLabels, random.chance(60) ? 0 : random.below(32), out);
  if (random.chance(12)) {
    out.null();
  } else {
    out.open().part(R"({"size": {"depth": )").part(random.below(90) + 10);
    out.part(R"(, "width": )").part(random.below(150) + 10).part(R"(, "height": )");
    out.part(random.below(200) + 5).part(R"(}, "color": ")").part(colour);
    out.part(R"(", "materials": [")").part(material).part(R"("], "warranty_months": )");
    out.part(random.below(6) * 12).part("}").close();
  }
  random.chance(20) ? out.null() : out.number(4000000000000 + id * 17);
  const auto thumbnail = sixteen_bytes(random);
  random.chance(40) ? out.null() : out.bytes({thumbnail.data(), 4 + random.below(13)});
  random.chance(5) ? out.null() : out.date(launched);
  random.chance(10) ? out.null() : out.number(2019 + random.below(8));
  random.chance(50) ? out.null() : out.duration(random.between(2, 120) * kHour);
  out.number(!random.chance(6)).date_time(launched + random.between(0, 200) * kDay);
  out.end_row();
}

uint64_t ShopRows::country_of(uint64_t customer) const {
  Random random = this->random(kCountry, customer);
  return random.skewed(countries().size());
}

Seconds ShopRows::created_at(uint64_t customer) const {
  const uint64_t early = early_customers();
  if (customer > customers_) return kEnd + static_cast<Seconds>((customer - customers_) % kDay);
  if (customer <= early) {
    return kOpening - 365 * kDay +
           365 * kDay * static_cast<Seconds>(customer - 1) / static_cast<Seconds>(early);
  }
  const auto later = static_cast<Seconds>(customers_ - early);
  return kOpening + (kEnd - kOpening) * static_cast<Seconds>(customer - early - 1) / later;
}

void ShopRows::customer(uint64_t id, InsertText& out) const {
  Random random = this->random(kCustomer, id);
  const auto first_name = one_of(first_names(), random);
  const auto last_name = one_of(last_names(), random);
  const Country& country = countries()[country_of(id)];
  const Seconds created = created_at(id);
  const uint64_t level = random.below(100);
  const auto external_id = sixteen_bytes(random);

  out.begin_row().number(id).bytes({external_id.data(), external_id.size()}).open();
  append_letters(first_name, out);
  out.part(".");
  append_letters(last_name, out);
  out.part(id).part("@").part(one_of(mail_domains(), random)).close();
  out.text(first_name).text(last_name);
  random.chance(12) ? out.null() : out.date(kBirthMin + random.between(0, 24000) * kDay);
  if (random.chance(20)) {
    out.null();
  } else {
    out.open().part("+").part(country.calling_code).part(" ").part(100 + random.below(900));
    out.part(" ").part(1000000 + random.below(9000000)).close();
  }
  out.text(country.code).text(kLevels[level < 70 ? 0 : level < 90 ? 1 : level < 98 ? 2 : 3]);
  out.number(random.skewed(20000)).number(random.skewed(100000));
  random.chance(60) ? out.null() : out.decimal(random.between(1, 500) * 10000, 2);
  random.chance(10) ? out.null() : out.decimal(random.between(0, 400) * 25, 2);
  random.chance(8) ? out.null()
                   : append_set(kInterests, random.below(128) & random.below(128), out);
  if (random.chance(12)) {
    out.null();
  } else {
    out.open().part(random.chance(35) ? R"({"theme": "dark", "language": ")"
                                      : R"({"theme": "light", "language": ")");
    out.part(kLanguages[random.below(6)]).part(R"(", "max_emails": )").part(random.below(8));
    out.part(random.chance(50) ? R"(, "notifications": true})" : R"(, "notifications": null})");
    out.close();
  }
  out.number(random.chance(40));
  random.chance(70) ? out.null() : out.duration(random.between(32, 80) * 15 * kMinute);
  random.chance(85) ? out.null() : out.text(one_of(notes(), random));
  const auto avatar = sixteen_bytes(random);
  random.chance(85) ? out.null() : out.bytes({avatar.data(), random.below(17)});
  out.number(random.chance(2)).date_time(created);
  const Seconds seen = created + random.between(0, std::max<Seconds>(kEnd - created, 1));
  random.chance(10) ? out.null()
                    : out.date_time_ms(seen * 1000 + static_cast<int64_t>(random.below(1000)));
  out.date_time(seen).end_row();
}

uint64_t ShopRows::address_count(uint64_t customer) const {
  Random random = this->random(kAddressCount, customer);
  const uint64_t share = random.below(100);
  return share < 8 ? 0 : share < 68 ? 1 : share < 94 ? 2 : 3;
}

ShopRows::Place ShopRows::place(uint64_t customer, uint64_t index) const {
  Random random = this->random(kAddress, customer * 4 + index);
  const uint64_t country =
      random.chance(95) ? country_of(customer) : random.below(countries().size());
  const City& city = countries()[country].cities[random.below(3)];
  return {city, one_of(streets(), random), 1 + random.skewed(250), 10000 + random.below(90000),
          country};
}

void ShopRows::addresses(uint64_t customer, uint64_t first_id, InsertText& out) const {
  const uint64_t count = address_count(customer);
  for (uint64_t index = 0; index < count; ++index) {
    const Place place = this->place(customer, index);
    Random random = this->random(kAddress, ~(customer * 4 + index));
    out.begin_row().number(first_id + index).number(customer).text(kAddressKinds[index]);
    out.open().part(place.street).part(" ").part(place.house).close();
    out.open().part(place.postal_code).close().text(place.city.name);
    out.text(countries()[place.country].code);
    if (random.chance(15)) {
      out.null().null();
    } else {
      out.decimal(place.city.latitude * int64_t{100} + random.between(-40000, 40000), 6);
      out.decimal(place.city.longitude * int64_t{100} + random.between(-40000, 40000), 6);
    }
    random.chance(75) ? out.null() : out.duration(random.between(14, 40) * 30 * kMinute);
    out.number(index == 0).end_row();
  }
}

uint64_t ShopRows::order_time(uint64_t order) const {
  using Wide = unsigned __int128;
  const auto share = static_cast<uint64_t>((static_cast<Wide>(order - 1) << 60) / orders());
  return std::min<uint64_t>(root(share), (1u << 30) - 1);
}

int64_t ShopRows::placed_at_ms(uint64_t order) const {
  constexpr int64_t kSpan = (kEnd - kOpening) * 1000;
  using Wide = __int128;
  const auto since =
      static_cast<int64_t>(Wide{kSpan} * static_cast<int64_t>(order_time(order)) >> 30);
  // A quarter of the smallest distance of two orders: the times still rise.
  const uint64_t jitter = std::min<uint64_t>(kSpan / (8 * orders()) + 1, UINT32_MAX);
  Random random = this->random(kOrderTime, order);
  return kOpening * 1000 + since + static_cast<int64_t>(random.below(jitter));
}

uint64_t ShopRows::customer_of(uint64_t order) const {
  const uint64_t early = std::min(early_customers(), customers_);
  const uint64_t known = early + ((customers_ - early) * order_time(order) >> 30);
  Random random = this->random(kOrderCustomer, order);
  return 1 + random.mildly_skewed(known);
}

uint64_t ShopRows::popular_product(Random& random) const {
  return 1 + random.skewed(products_) * product_step_ % products_;
}

OrderShape ShopRows::shape(uint64_t order) const {
  // Of 100 orders so many have at most 1, 2, ... items.
  constexpr uint8_t kUpTo[] = {36, 60, 75, 85, 92, 96, 98, 99, 100};
  Random random = this->random(kShape, order);
  const uint64_t share = random.below(100);
  uint64_t items = 1;
  while (share >= kUpTo[items - 1]) ++items;
  if (items == std::size(kUpTo)) items += random.below(6);

  const bool is_recent = order > orders() - orders() / 25;
  const uint64_t fate = random.below(100);
  const uint64_t paid = random.chance(7) ? 2 : 1;
  if (fate < 6) return {items, random.chance(50) ? uint64_t{2} : 0, "cancelled"};
  if (is_recent && fate < 40) return {items, 0, "pending"};
  if (is_recent && fate < 70) return {items, paid, "paid"};
  if (is_recent) return {items, paid, "shipped"};
  if (fate < 12) return {items, 2, "returned"};
  return {items, paid, "delivered"};
}

void ShopRows::order(uint64_t id, uint64_t first_payment_id, OrderTexts& out) const {
  const OrderShape shape = this->shape(id);
  Random random = this->random(kOrder, id);
  int64_t total = 0;
  for (uint64_t line = 1; line <= shape.items; ++line) {
    const uint64_t product = popular_product(random);
    const uint64_t quantity = 1 + random.skewed(random.chance(5) ? 20 : 3);
    const int64_t unit = std::max<int64_t>(price(product) * random.between(80, 100) / 100, 1);
    total += unit * static_cast<int64_t>(quantity);
    out.items.begin_row().number(id).number(line).number(product).number(quantity);
    out.items.decimal(unit, 2);
    if (random.chance(96)) {
      out.items.null();
    } else {
      out.items.open().part("For ").part(one_of(first_names(), random)).part(" 🎉").close();
    }
    out.items.end_row();
  }
  order_row(id, shape, total, out.orders);
  payment_rows(id, first_payment_id, total, out.payments);
}

void ShopRows::order_row(uint64_t id, const OrderShape& shape, int64_t total,
                         InsertText& out) const {
  Random random = this->random(kOrder, ~id);
  const uint64_t customer = customer_of(id);
  const Country& country = countries()[country_of(customer)];
  const int64_t placed_ms = placed_at_ms(id);
  const Seconds placed = placed_ms / 1000;
  const Seconds shipped = placed + random.between(2 * kHour, 4 * kDay);
  const bool is_shipped =
      shape.status != "pending" && shape.status != "paid" && (shape.status != "cancelled");

  out.begin_row().number(id).open().part("S-").part(1000000000 + id).close();
  out.number(customer).text(shape.status).text(country.currency);
  out.decimal(country.euro_rate_10000, 4).decimal(total, 2).number(shape.items);
  if (address_count(customer) == 0) {
    out.null();
  } else {
    const Place place = this->place(customer, 0);
    out.open().part(R"({"city": ")").part(place.city.name).part(R"(", "street": ")");
    out.part(place.street).part(" ").part(place.house).part(R"(", "postal_code": ")");
    out.part(place.postal_code).part(R"("})").close();
  }
  out.number(random.below(16));
  const auto ip = sixteen_bytes(random);
  random.chance(20) ? out.null() : out.bytes({ip.data(), random.chance(70) ? size_t{4} : 16});
  random.chance(92) ? out.null() : out.text(one_of(notes(), random));
  out.date_time_ms(placed_ms);
  is_shipped ? out.date_time(shipped) : out.null();
  const Seconds delivered = shipped + random.between(1, 6) * kDay;
  const bool is_delivered = shape.status == "delivered" || shape.status == "returned";
  is_delivered ? out.date(delivered) : out.null();
  out.date_time(is_delivered ? delivered : is_shipped ? shipped : placed).end_row();
}

void ShopRows::payment_rows(uint64_t order, uint64_t first_id, int64_t total,
                            InsertText& out) const {
  const OrderShape shape = this->shape(order);
  const bool is_taken_back = shape.status == "returned" || shape.status == "cancelled";
  Random random = this->random(kOrder, order ^ uint64_t{1} << 63);
  const Seconds placed = placed_at_ms(order) / 1000;
  const int64_t split =
      shape.payments == 2 && !is_taken_back ? total * random.between(10, 90) / 100 : 0;
  for (uint64_t index = 0; index < shape.payments; ++index) {
    const bool is_refund = is_taken_back && index == 1;
    const uint64_t method = random.skewed(std::size(kMethods));
    const int64_t amount = is_refund ? -total : index == 0 ? total - split : split;
    const auto reference = sixteen_bytes(random);
    out.begin_row().number(first_id + index).number(order).text(kMethods[method]);
    out.decimal(amount, 2).number(is_refund);
    if (method == 0) {
      out.open().part(1000 + random.below(9000)).close();
    } else {
      out.null();
    }
    random.chance(10) ? out.null() : out.bytes({reference.data(), reference.size()});
    out.date_time(placed + random.between(1, 2 * kDay) + static_cast<Seconds>(index) * 9 * kDay);
    out.end_row();
  }
}

}  // namespace syncline::generate
