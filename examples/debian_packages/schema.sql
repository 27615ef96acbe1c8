-- Debian's package catalogue as tables. Keys are the names that people use.
CREATE TABLE sections (
  section_id SMALLINT UNSIGNED NOT NULL PRIMARY KEY,
  name VARCHAR(60) NOT NULL UNIQUE
);
CREATE TABLE maintainers (
  maintainer_id INT UNSIGNED NOT NULL PRIMARY KEY,
  -- byte by byte: people differ by case and accent alone
  name VARCHAR(200) COLLATE utf8mb4_bin NOT NULL,
  email VARCHAR(200) COLLATE utf8mb4_bin NOT NULL,
  UNIQUE (name, email)
);
CREATE TABLE packages (
  name VARCHAR(120) NOT NULL PRIMARY KEY,
  section_id SMALLINT UNSIGNED NOT NULL,
  maintainer_id INT UNSIGNED NOT NULL,
  priority ENUM('required', 'important', 'standard', 'optional', 'extra') NOT NULL,
  summary VARCHAR(300) NOT NULL,
  homepage VARCHAR(500),
  tags JSON,
  FOREIGN KEY (section_id) REFERENCES sections (section_id),
  FOREIGN KEY (maintainer_id) REFERENCES maintainers (maintainer_id)
);
CREATE TABLE versions (
  package VARCHAR(120) NOT NULL,
  version VARCHAR(120) NOT NULL,
  architecture VARCHAR(20) NOT NULL,
  size BIGINT UNSIGNED NOT NULL,
  installed_kib INT UNSIGNED,
  sha256 BINARY(32),
  PRIMARY KEY (package, version, architecture),
  FOREIGN KEY (package) REFERENCES packages (name) ON DELETE CASCADE
);
CREATE TABLE dependencies (
  package VARCHAR(120) NOT NULL,
  kind ENUM('Pre-Depends', 'Depends', 'Recommends', 'Suggests') NOT NULL,
  position SMALLINT UNSIGNED NOT NULL,
  needs VARCHAR(1000) NOT NULL,
  PRIMARY KEY (package, kind, position),
  FOREIGN KEY (package) REFERENCES packages (name) ON DELETE CASCADE
);
