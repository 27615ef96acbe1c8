"""The database that is fought over: tables, documents, and transactions that change them in every way the schema allows.

Two things are left out, both told in docs/capture.md: an action that cascades through two levels runs at REPEATABLE READ only,
and on MySQL no parent row is REPLACEd.
"""
from dataclasses import dataclass

TABLES = (
    "CREATE TABLE regions (id INT PRIMARY KEY, name VARCHAR(40) NOT NULL)",
    "CREATE TABLE countries (code VARCHAR(12) PRIMARY KEY, name VARCHAR(40) NOT NULL, region INT NULL,"
    " FOREIGN KEY (region) REFERENCES regions (id) ON DELETE SET NULL ON UPDATE CASCADE)",
    "CREATE TABLE customers (id INT PRIMARY KEY, name VARCHAR(40) NOT NULL, country VARCHAR(12) NULL, n INT NOT NULL DEFAULT 0,"
    " FOREIGN KEY (country) REFERENCES countries (code) ON DELETE SET NULL ON UPDATE CASCADE)",
    "CREATE TABLE products (sku VARCHAR(20) PRIMARY KEY, title VARCHAR(40) NOT NULL, price DECIMAL(8,2) NOT NULL)",
    "CREATE TABLE orders (id INT PRIMARY KEY, customer INT NOT NULL, status VARCHAR(12) NOT NULL, n INT NOT NULL DEFAULT 0,"
    " UNIQUE KEY (id, customer),"
    " FOREIGN KEY (customer) REFERENCES customers (id) ON DELETE CASCADE ON UPDATE CASCADE)",
    "CREATE TABLE items (order_id INT, line INT, customer INT NOT NULL, product VARCHAR(20) NULL, n INT NOT NULL DEFAULT 0,"
    " PRIMARY KEY (order_id, line), KEY (order_id, customer),"
    " FOREIGN KEY (order_id, customer) REFERENCES orders (id, customer) ON DELETE CASCADE ON UPDATE CASCADE,"
    " FOREIGN KEY (product) REFERENCES products (sku) ON DELETE SET NULL ON UPDATE CASCADE)",
)
ITEMS = {"table": "items", "link": "order_id", "embed": {"product_row": {"table": "products", "key": "product"}}}
REGION = {"region_row": {"table": "regions", "key": "region"}}
DOCUMENTS = {
    "customers": {"embed": {
        "country_row": {"table": "countries", "key": "country", "embed": REGION},
        "orders": {"table": "orders", "link": "customer", "order_by": "n desc", "embed": {"items": ITEMS}},
    }},
    "orders": {"where": "status <> 'hidden'", "embed": {
        "customer_row": {"table": "customers", "key": "customer", "fields": ["id", "name", "n"]},
        "items": ITEMS,
    }},
    "items": {},
    "products": {"embed": {"sold": {"table": "items", "link": "product", "fields": ["order_id", "line", "n"]}}},
    "countries": {"embed": REGION | {"people": {"table": "customers", "link": "country", "fields": ["id", "name"]}}},
}
LINES = 4


@dataclass
class Size:
    """How many keys of each kind there can be."""

    customers: int

    @property
    def orders(self):
        return 2 * self.customers

    @property
    def products(self):
        return max(4, self.customers // 4)

    @property
    def countries(self):
        return max(3, self.customers // 20)

    @property
    def regions(self):
        return 3


def fill(size, dice):
    """INSERT statements for a town in which about half of the keys are taken."""
    def rows(table, values):
        return [f"INSERT INTO {table} VALUES {', '.join(values[i:i + 500])}" for i in range(0, len(values), 500)]

    customers = [i for i in range(1, size.customers + 1) if dice.random() < 0.6]
    orders = [(i, dice.choice(customers)) for i in range(1, size.orders + 1) if dice.random() < 0.6]
    items = [(order, line, customer) for order, customer in orders for line in range(1, LINES + 1) if dice.random() < 0.5]
    return (rows("regions", [f"({i}, 'r{i}')" for i in range(1, size.regions + 1)])
            + rows("countries", [f"('land{i}', 'c{i}', {dice.randint(1, size.regions)})" for i in range(1, size.countries + 1)])
            + rows("customers", [f"({i}, 'n{i}', 'land{dice.randint(1, size.countries)}', 0)" for i in customers])
            + rows("products", [f"('sku-{i}', 't{i}', {dice.randint(1, 9999)} / 100)" for i in range(1, size.products + 1)])
            + rows("orders", [f"({i}, {c}, 'new', 0)" for i, c in orders])
            + rows("items", [f"({o}, {n}, {c}, 'sku-{dice.randint(1, size.products)}', 0)" for o, n, c in items]))


# Statements by weight. {c} {d}: customers, {o} {p}: orders, {s} {t}: products, {l} {m}: countries, {r} {q}: regions,
# {i} {j}: lines, {n}: a number, {w}: a word.
SAFE = (
    (10, "UPDATE customers SET n = n + 1, name = '{w}' WHERE id = {c}"),
    (6, "INSERT INTO customers VALUES ({c}, '{w}', {land}, {n}) ON DUPLICATE KEY UPDATE name = '{w}', n = {n}"),
    (4, "INSERT IGNORE INTO customers VALUES ({c}, '{w}', NULL, {n})"),
    (4, "UPDATE customers SET country = {land} WHERE id = {c}"),
    (2, "UPDATE customers SET n = n + 1 WHERE id BETWEEN {c} AND {c} + 5"),
    (8, "INSERT IGNORE INTO orders SELECT {o}, id, 'new', {n} FROM customers WHERE id = {c}"),
    (6, "UPDATE orders SET n = {n}, status = '{w}' WHERE id = {o}"),
    (3, "UPDATE orders SET status = IF(status = 'hidden', 'new', 'hidden') WHERE id = {o}"),
    (8, "UPDATE orders SET customer = {c} WHERE id = {o}"),
    (4, "UPDATE orders SET id = {p} WHERE id = {o}"),
    (2, "UPDATE IGNORE orders SET id = {p} WHERE id = {o}"),
    (4, "DELETE FROM orders WHERE id = {o}"),
    (1, "DELETE FROM orders WHERE id BETWEEN {o} AND {o} + 2"),
    (12, "INSERT IGNORE INTO items SELECT id, {i}, customer, {sku}, {n} FROM orders WHERE id = {o}"),
    (4, "REPLACE INTO items SELECT id, {i}, customer, {sku}, {n} FROM orders WHERE id = {o}"),
    (8, "UPDATE items SET n = n + 1 WHERE order_id = {o} AND line = {i}"),
    (4, "UPDATE items SET line = {j} WHERE order_id = {o} AND line = {i}"),
    (6, "UPDATE IGNORE items i JOIN orders p ON p.id = {p} SET i.order_id = p.id, i.customer = p.customer"
        " WHERE i.order_id = {o} AND i.line = {i}"),
    (4, "UPDATE items SET product = {sku} WHERE order_id = {o}"),
    (6, "DELETE FROM items WHERE order_id = {o} AND line = {i}"),
    (2, "DELETE FROM items WHERE product = 'sku-{s}' LIMIT 3"),
    (4, "UPDATE products SET title = '{w}', price = {n} / 100 WHERE sku = 'sku-{s}'"),
    (2, "UPDATE products SET sku = UPPER(sku), title = '{w}' WHERE sku = 'sku-{s}'"),  # equal to the collation, not in bytes
    (2, "UPDATE products SET sku = LOWER(sku) WHERE sku = 'sku-{s}'"),
    (2, "UPDATE products SET sku = 'sku-{t}' WHERE sku = 'sku-{s}'"),
    (3, "INSERT IGNORE INTO products VALUES ('sku-{s}', '{w}', {n} / 100)"),
    (2, "DELETE FROM products WHERE sku = 'sku-{s}'"),
    (2, "UPDATE countries SET name = '{w}' WHERE code = 'land{l}'"),
    (1, "UPDATE countries SET code = 'land{m}' WHERE code = 'land{l}'"),
    (2, "UPDATE countries SET region = {region} WHERE code = 'land{l}'"),
    (2, "INSERT IGNORE INTO countries VALUES ('land{l}', '{w}', {region})"),
    (1, "DELETE FROM countries WHERE code = 'land{l}'"),
    (1, "UPDATE regions SET name = '{w}' WHERE id = {r}"),
    (1, "UPDATE regions SET id = {q} WHERE id = {r}"),
    (1, "DELETE FROM regions WHERE id = {r}"),
    (1, "INSERT IGNORE INTO regions VALUES ({r}, '{w}')"),
)
TWO_LEVELS = (  # customers > orders > items
    (6, "DELETE FROM customers WHERE id = {c}"),
    (1, "DELETE FROM customers WHERE id BETWEEN {c} AND {c} + 2"),
    (6, "UPDATE customers SET id = {d} WHERE id = {c}"),
)
REPLACED_PARENTS = (
    (3, "REPLACE INTO customers VALUES ({c}, '{w}', {land}, {n})"),
    (2, "REPLACE INTO orders SELECT {o}, id, 'new', {n} FROM customers WHERE id = {c}"),
    (2, "REPLACE INTO products VALUES ('sku-{s}', '{w}', {n} / 100)"),
    (1, "REPLACE INTO countries VALUES ('land{l}', '{w}', {region})"),
)


def statements(is_repeatable_read, is_mariadb):
    """[(weight, template)] for a session."""
    return SAFE + (TWO_LEVELS if is_repeatable_read else ()) + (REPLACED_PARENTS if is_repeatable_read and is_mariadb else ())


def fill_in(template, size, dice):
    number = dice.randint
    sku = "NULL" if dice.random() < 0.1 else f"'sku-{number(1, size.products)}'"
    land = "NULL" if dice.random() < 0.1 else f"'land{number(1, size.countries)}'"
    return template.format(
        c=number(1, size.customers), d=number(1, size.customers), o=number(1, size.orders), p=number(1, size.orders),
        s=number(1, size.products), t=number(1, size.products), l=number(1, size.countries), m=number(1, size.countries),
        r=number(1, size.regions), q=number(1, size.regions), region=number(1, size.regions), i=number(1, LINES),
        j=number(1, LINES), n=number(1, 9999), w=f"w{number(1, 1 << 30)}", sku=sku, land=land)
