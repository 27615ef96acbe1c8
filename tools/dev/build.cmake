# Read by CMake before the project (./dev build passes it): source names in messages and debug information are the tree's own,
# "src/base/check.cc", wherever the tree and the build directory are.
add_compile_options(-ffile-prefix-map=tree/=)
