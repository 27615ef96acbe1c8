#include "generate/shop.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/log.h"
#include "base/text.h"
#include "generate/shop_rows.h"
#include "generate/shop_schema.h"
#include "generate/vocabulary.h"
#include "mysql/connection.h"

namespace syncline::generate {
namespace {

constexpr size_t kPacketBytes = 1 << 20;
constexpr uint64_t kSliceRows = 4000;  // customers or orders of one transaction
constexpr unsigned kWorkers = 2;
constexpr uint64_t kCustomersMax = 100'000'000;  // ids of what belongs to them fit in INT UNSIGNED

enum class Part { kCatalogue, kCustomers, kOrders };

// What one transaction inserts: numbers [first, last) and what belongs to them.
struct Slice {
  Part part;
  uint64_t first;
  uint64_t last;
  uint64_t first_child_id = 1;  // of the first address or payment
};

struct Plan {
  std::vector<Slice> slices;
  uint64_t rows = 0;
};

// Ids of addresses and payments have no gaps, so where a slice begins follows from all before it.
Plan plan_of(const ShopRows& shop) {
  Plan plan{{{Part::kCatalogue, 1, shop.products() + 1}},
            countries().size() + categories().size() + shop.products()};
  uint64_t address = 1;
  for (uint64_t id = 1; id <= shop.customers(); ++id) {
    if (id % kSliceRows == 1) {
      const uint64_t last = std::min(id + kSliceRows, shop.customers() + 1);
      plan.slices.push_back({Part::kCustomers, id, last, address});
    }
    address += shop.address_count(id);
  }
  uint64_t payment = 1;
  uint64_t items = 0;
  for (uint64_t id = 1; id <= shop.orders(); ++id) {
    if (id % kSliceRows == 1) {
      const uint64_t last = std::min(id + kSliceRows, shop.orders() + 1);
      plan.slices.push_back({Part::kOrders, id, last, payment});
    }
    const OrderShape shape = shop.shape(id);
    payment += shape.payments;
    items += shape.items;
  }
  plan.rows += shop.customers() + address - 1 + shop.orders() + items + payment - 1;
  return plan;
}

std::string_view insert_head(std::string_view table) {
  const auto tables = shop_tables();
  return std::find_if(tables.begin(), tables.end(),
                      [&](const ShopTable& t) { return t.name == table; })
      ->insert_head;
}

// What the workers share: the slices still to do, the progress and the first error.
class Load {
 public:
  Load(const ShopRequest& request, Clock& clock, std::stop_token stop,
       const std::function<void(const GenerateProgress&)>& on_progress)
      : request_(request),
        clock_(clock),
        stop_(std::move(stop)),
        on_progress_(on_progress),
        shop_(request.seed, request.customers),
        plan_(plan_of(shop_)) {}

  void work();
  Result<uint64_t> rows() const;

 private:
  Result<void> run();
  Result<void> insert(mysql::Connection& session, const Slice& slice);
  Result<void> insert_catalogue(mysql::Connection& session);
  Result<void> insert_customers(mysql::Connection& session, const Slice& slice);
  Result<void> insert_orders(mysql::Connection& session, const Slice& slice);
  Result<void> flush(mysql::Connection& session, std::string_view table, InsertText& text,
                     size_t at_least);

  const ShopRequest& request_;
  Clock& clock_;
  const std::stop_token stop_;
  const std::function<void(const GenerateProgress&)>& on_progress_;
  const ShopRows shop_;
  const Plan plan_;
  std::atomic<size_t> next_ = 0;
  std::atomic<bool> has_failed_ = false;

  mutable std::mutex mutex_;  // guards what follows
  uint64_t rows_ = 0;
  BootTime shown_{};
  std::optional<Error> error_;
};

void Load::work() {
  const Result<void> result = run();
  if (result.ok()) return;
  has_failed_ = true;
  const std::lock_guard lock(mutex_);
  if (!error_) error_ = result.error();
}

Result<uint64_t> Load::rows() const {
  const std::lock_guard lock(mutex_);
  if (error_) return *error_;
  return rows_;
}

Result<void> Load::run() {
  auto session = TRY(mysql::Connection::open({.endpoint = request_.endpoint}));
  // Two sessions fill tables that reference one another, with rows that are known to be right.
  TRY(session.execute("SET SESSION foreign_key_checks = 0, unique_checks = 0"));
  for (size_t i = next_++; i < plan_.slices.size(); i = next_++) {
    TRY(session.execute("START TRANSACTION"));
    TRY(insert(session, plan_.slices[i]));
    TRY(session.execute("COMMIT"));
  }
  return {};
}

Result<void> Load::insert(mysql::Connection& session, const Slice& slice) {
  switch (slice.part) {
    case Part::kCatalogue:
      return insert_catalogue(session);
    case Part::kCustomers:
      return insert_customers(session, slice);
    case Part::kOrders:
      return insert_orders(session, slice);
  }
  return internal("no such part of the shop");
}

Result<void> Load::insert_catalogue(mysql::Connection& session) {
  InsertText text(insert_head("countries"));
  for (uint64_t number = 1; number <= countries().size(); ++number) shop_.country(number, text);
  TRY(flush(session, "countries", text, 0));
  text = InsertText(insert_head("categories"));
  for (uint64_t id = 1; id <= categories().size(); ++id) shop_.category(id, text);
  TRY(flush(session, "categories", text, 0));
  text = InsertText(insert_head("products"));
  for (uint64_t id = 1; id <= shop_.products(); ++id) {
    shop_.product(id, text);
    TRY(flush(session, "products", text, kPacketBytes));
  }
  return flush(session, "products", text, 0);
}

Result<void> Load::insert_customers(mysql::Connection& session, const Slice& slice) {
  InsertText customers(insert_head("customers"));
  InsertText addresses(insert_head("addresses"));
  uint64_t address = slice.first_child_id;
  for (uint64_t id = slice.first; id < slice.last; ++id) {
    shop_.customer(id, customers);
    shop_.addresses(id, address, addresses);
    address += shop_.address_count(id);
    TRY(flush(session, "customers", customers, kPacketBytes));
    TRY(flush(session, "addresses", addresses, kPacketBytes));
  }
  TRY(flush(session, "customers", customers, 0));
  return flush(session, "addresses", addresses, 0);
}

Result<void> Load::insert_orders(mysql::Connection& session, const Slice& slice) {
  OrderTexts texts{InsertText(insert_head("orders")), InsertText(insert_head("order_items")),
                   InsertText(insert_head("payments"))};
  uint64_t payment = slice.first_child_id;
  for (uint64_t id = slice.first; id < slice.last; ++id) {
    shop_.order(id, payment, texts);
    payment += shop_.shape(id).payments;
    TRY(flush(session, "orders", texts.orders, kPacketBytes));
    TRY(flush(session, "order_items", texts.items, kPacketBytes));
    TRY(flush(session, "payments", texts.payments, kPacketBytes));
  }
  TRY(flush(session, "orders", texts.orders, 0));
  TRY(flush(session, "order_items", texts.items, 0));
  return flush(session, "payments", texts.payments, 0);
}

Result<void> Load::flush(mysql::Connection& session, std::string_view table, InsertText& text,
                         size_t at_least) {
  if (text.rows() == 0 || text.size() < at_least) return {};
  if (stop_.stop_requested() || has_failed_) {
    return cancelled("generating the shop was stopped; what was committed is still there");
  }
  TRY(session.execute(text.sql()));
  const std::lock_guard lock(mutex_);
  rows_ += text.rows();
  text.clear();
  const BootTime now = clock_.boot_now();
  if (on_progress_ && (now - shown_ >= std::chrono::milliseconds(100) || rows_ == plan_.rows)) {
    shown_ = now;
    on_progress_({std::string(table), rows_, plan_.rows});
  }
  return {};
}

// Database and tables, empty; the tables of an earlier shop go only on demand.
Result<void> prepare(const ShopRequest& request) {
  config::Endpoint server = request.endpoint;
  server.database.clear();
  auto session = TRY(mysql::Connection::open({.endpoint = server}));
  const std::string& database = request.endpoint.database;
  const auto found =
      TRY(session.value("SELECT COUNT(*) FROM information_schema.schemata WHERE "
                        "schema_name = " +
                        mysql::quote_text(database)));
  if (found == "0") {
    TRY(session.execute("CREATE DATABASE IF NOT EXISTS " + mysql::quote_name(database) +
                        " CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"));
  }
  TRY(session.execute("USE " + mysql::quote_name(database)));
  if (request.replace) {
    TRY(session.execute("SET SESSION foreign_key_checks = 0"));
    for (const ShopTable& table : shop_tables()) {
      TRY(session.execute(fmt::format("DROP TABLE IF EXISTS {}", table.name)));
    }
    TRY(session.execute("SET SESSION foreign_key_checks = 1"));
  }
  for (const ShopTable& table : shop_tables()) {
    TRY(session.execute(table.create_sql));
    const std::string ask = fmt::format("SELECT EXISTS (SELECT 1 FROM {})", table.name);
    if (TRY(session.value(ask)) != "0") {
      return invalid(fmt::format("table {}.{} already has rows", database, table.name),
                     "--replace drops the tables of the shop first; or name another database");
    }
  }
  return {};
}

Result<void> check(const ShopRequest& request) {
  if (request.endpoint.database.empty()) {
    return invalid(request.endpoint.display() + " names no database",
                   "append it: mysql://user@host:3306/shop");
  }
  if (request.customers == 0 || request.customers > kCustomersMax) {
    return invalid(fmt::format("cannot make a shop of {} customers", request.customers),
                   "1 to " + with_commas(kCustomersMax) + " are possible");
  }
  return {};
}

}  // namespace

Result<GenerateReport> generate_shop(
    const ShopRequest& request, Clock& clock, std::stop_token stop,
    const std::function<void(const GenerateProgress&)>& on_progress) {
  TRY(check(request));
  const BootTime start = clock.boot_now();
  TRY(prepare(request));
  Load load(request, clock, std::move(stop), on_progress);
  {
    std::vector<std::jthread> workers;
    for (unsigned i = 0; i < kWorkers; ++i) workers.emplace_back([&load] { load.work(); });
  }
  const uint64_t rows = TRY(load.rows());
  return GenerateReport{rows, seconds(clock.boot_now() - start)};
}

}  // namespace syncline::generate
