#include "generate/shop_schema.h"

namespace syncline::generate {
namespace {

// One collation that both MySQL and MariaDB have; codes are ASCII, as applications declare them.
#define SHOP_TABLE_OPTIONS " ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"

constexpr ShopTable kTables[] = {
    {"countries",
     R"(CREATE TABLE IF NOT EXISTS countries (
  code CHAR(2) CHARACTER SET ascii NOT NULL,
  name VARCHAR(80) NOT NULL,
  currency CHAR(3) CHARACTER SET ascii NOT NULL,
  calling_code SMALLINT UNSIGNED NOT NULL,
  vat_rate DECIMAL(4,2) NOT NULL,
  is_eu TINYINT(1) NOT NULL,
  population BIGINT UNSIGNED NOT NULL,
  gdp_per_head DOUBLE NULL,
  flag VARCHAR(8) NULL,
  PRIMARY KEY (code),
  UNIQUE KEY uq_countries_name (name)
))" SHOP_TABLE_OPTIONS,
     "INSERT INTO countries (code, name, currency, calling_code, vat_rate, is_eu, population, "
     "gdp_per_head, flag) VALUES"},
    {"categories",
     R"(CREATE TABLE IF NOT EXISTS categories (
  id SMALLINT UNSIGNED NOT NULL AUTO_INCREMENT,
  parent_id SMALLINT UNSIGNED NULL,
  name VARCHAR(60) NOT NULL,
  slug VARCHAR(60) CHARACTER SET ascii NOT NULL,
  position TINYINT UNSIGNED NOT NULL,
  is_visible TINYINT(1) NOT NULL DEFAULT 1,
  description TEXT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uq_categories_slug (slug),
  KEY ix_categories_parent (parent_id)
))" SHOP_TABLE_OPTIONS,
     "INSERT INTO categories (id, parent_id, name, slug, position, is_visible, description) "
     "VALUES"},
    {"products",
     R"(CREATE TABLE IF NOT EXISTS products (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  sku CHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  category_id SMALLINT UNSIGNED NOT NULL,
  name VARCHAR(120) NOT NULL,
  description TEXT NULL,
  price DECIMAL(10,2) NOT NULL,
  cost DECIMAL(10,4) NULL,
  stock INT NOT NULL DEFAULT 0,
  weight_kg FLOAT NULL,
  rating DOUBLE NULL,
  features BIT(6) NOT NULL DEFAULT b'0',
  labels SET('new','sale','eco','handmade','limited') NOT NULL DEFAULT '',
  attributes JSON NULL,
  barcode BIGINT UNSIGNED NULL,
  thumbnail VARBINARY(64) NULL,
  launched_on DATE NULL,
  model_year YEAR NULL,
  lead_time TIME NULL,
  is_active TINYINT(1) NOT NULL DEFAULT 1,
  updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  PRIMARY KEY (id),
  UNIQUE KEY uq_products_sku (sku),
  KEY ix_products_category (category_id),
  KEY ix_products_active_price (is_active, price),
  CONSTRAINT fk_products_category FOREIGN KEY (category_id) REFERENCES categories (id)
))" SHOP_TABLE_OPTIONS,
     "INSERT INTO products (id, sku, category_id, name, description, price, cost, stock, "
     "weight_kg, rating, features, labels, attributes, barcode, thumbnail, launched_on, "
     "model_year, lead_time, is_active, updated_at) VALUES"},
    {"customers",
     R"(CREATE TABLE IF NOT EXISTS customers (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  external_id BINARY(16) NOT NULL,
  email VARCHAR(120) NOT NULL,
  first_name VARCHAR(60) NOT NULL,
  last_name VARCHAR(60) NOT NULL,
  birth_date DATE NULL,
  phone VARCHAR(24) NULL,
  country_code CHAR(2) CHARACTER SET ascii NOT NULL,
  level ENUM('bronze','silver','gold','platinum') NOT NULL DEFAULT 'bronze',
  loyalty_points SMALLINT UNSIGNED NOT NULL DEFAULT 0,
  visits MEDIUMINT UNSIGNED NOT NULL DEFAULT 0,
  credit_limit DECIMAL(12,2) NULL,
  score FLOAT NULL,
  interests SET('home','garden','tools','books','sport','music','kitchen') NULL,
  preferences JSON NULL,
  newsletter TINYINT(1) NOT NULL DEFAULT 0,
  call_after TIME NULL,
  note TEXT NULL,
  avatar BLOB NULL,
  is_deleted TINYINT(1) NOT NULL DEFAULT 0,
  created_at DATETIME NOT NULL,
  last_login_at DATETIME(3) NULL,
  updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  PRIMARY KEY (id),
  UNIQUE KEY uq_customers_email (email),
  KEY ix_customers_country (country_code),
  KEY ix_customers_name (last_name, first_name),
  CONSTRAINT fk_customers_country FOREIGN KEY (country_code) REFERENCES countries (code)
))" SHOP_TABLE_OPTIONS,
     "INSERT INTO customers (id, external_id, email, first_name, last_name, birth_date, phone, "
     "country_code, level, loyalty_points, visits, credit_limit, score, interests, preferences, "
     "newsletter, call_after, note, avatar, is_deleted, created_at, last_login_at, updated_at) "
     "VALUES"},
    {"addresses",
     R"(CREATE TABLE IF NOT EXISTS addresses (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  customer_id INT UNSIGNED NOT NULL,
  kind ENUM('billing','shipping','office') NOT NULL,
  street VARCHAR(120) NOT NULL,
  postal_code VARCHAR(12) NOT NULL,
  city VARCHAR(80) NOT NULL,
  country_code CHAR(2) CHARACTER SET ascii NOT NULL,
  latitude DOUBLE NULL,
  longitude DOUBLE NULL,
  deliver_from TIME NULL,
  is_default TINYINT(1) NOT NULL DEFAULT 0,
  PRIMARY KEY (id),
  KEY ix_addresses_customer (customer_id),
  KEY ix_addresses_country (country_code),
  CONSTRAINT fk_addresses_customer FOREIGN KEY (customer_id) REFERENCES customers (id),
  CONSTRAINT fk_addresses_country FOREIGN KEY (country_code) REFERENCES countries (code)
))" SHOP_TABLE_OPTIONS,
     "INSERT INTO addresses (id, customer_id, kind, street, postal_code, city, country_code, "
     "latitude, longitude, deliver_from, is_default) VALUES"},
    {"orders",
     R"(CREATE TABLE IF NOT EXISTS orders (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  number VARCHAR(24) CHARACTER SET ascii NOT NULL,
  customer_id INT UNSIGNED NOT NULL,
  status ENUM('pending','paid','shipped','delivered','cancelled','returned') NOT NULL,
  currency CHAR(3) CHARACTER SET ascii NOT NULL,
  exchange_rate DOUBLE NOT NULL DEFAULT 1,
  total DECIMAL(12,2) NOT NULL,
  item_count TINYINT UNSIGNED NOT NULL,
  shipping_address JSON NULL,
  flags BIT(4) NOT NULL DEFAULT b'0',
  client_ip VARBINARY(16) NULL,
  note VARCHAR(200) NULL,
  placed_at DATETIME(3) NOT NULL,
  shipped_at DATETIME NULL,
  delivered_on DATE NULL,
  updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  PRIMARY KEY (id),
  UNIQUE KEY uq_orders_number (number),
  KEY ix_orders_customer_placed (customer_id, placed_at),
  KEY ix_orders_status_placed (status, placed_at),
  CONSTRAINT fk_orders_customer FOREIGN KEY (customer_id) REFERENCES customers (id)
))" SHOP_TABLE_OPTIONS,
     "INSERT INTO orders (id, number, customer_id, status, currency, exchange_rate, total, "
     "item_count, shipping_address, flags, client_ip, note, placed_at, shipped_at, delivered_on, "
     "updated_at) VALUES"},
    {"order_items",
     R"(CREATE TABLE IF NOT EXISTS order_items (
  order_id BIGINT UNSIGNED NOT NULL,
  line_no SMALLINT UNSIGNED NOT NULL,
  product_id INT UNSIGNED NOT NULL,
  quantity TINYINT UNSIGNED NOT NULL,
  unit_price DECIMAL(10,2) NOT NULL,
  engraving VARCHAR(60) NULL,
  PRIMARY KEY (order_id, line_no),
  KEY ix_order_items_product (product_id),
  CONSTRAINT fk_order_items_order FOREIGN KEY (order_id) REFERENCES orders (id)
    ON DELETE CASCADE,
  CONSTRAINT fk_order_items_product FOREIGN KEY (product_id) REFERENCES products (id)
))" SHOP_TABLE_OPTIONS,
     "INSERT INTO order_items (order_id, line_no, product_id, quantity, unit_price, engraving) "
     "VALUES"},
    {"payments",
     R"(CREATE TABLE IF NOT EXISTS payments (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  order_id BIGINT UNSIGNED NOT NULL,
  method ENUM('card','paypal','transfer','invoice','gift_card') NOT NULL,
  amount DECIMAL(12,2) NOT NULL,
  is_refund TINYINT(1) NOT NULL DEFAULT 0,
  card_last4 CHAR(4) NULL,
  reference BINARY(16) NULL,
  paid_at TIMESTAMP NOT NULL,
  PRIMARY KEY (id),
  KEY ix_payments_order (order_id),
  KEY ix_payments_paid_at (paid_at),
  CONSTRAINT fk_payments_order FOREIGN KEY (order_id) REFERENCES orders (id)
))" SHOP_TABLE_OPTIONS,
     "INSERT INTO payments (id, order_id, method, amount, is_refund, card_last4, reference, "
     "paid_at) VALUES"},
};

#undef SHOP_TABLE_OPTIONS

}  // namespace

std::span<const ShopTable> shop_tables() { return kTables; }

}  // namespace syncline::generate
