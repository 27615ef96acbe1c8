#pragma once

#include <span>
#include <string_view>

namespace syncline::generate {

/// A table of the shop.
struct ShopTable {
  std::string_view name;
  std::string_view create_sql;   ///< CREATE TABLE IF NOT EXISTS, for MySQL and MariaDB alike
  std::string_view insert_head;  ///< "INSERT INTO name (columns) VALUES", columns as in ShopRows
};

/// All tables, referenced ones first.
std::span<const ShopTable> shop_tables();

}  // namespace syncline::generate
