# module(NAME
#   SOURCES a.cc b.cc          every source of the folder
#   DEPENDS base document      the only modules whose headers it may include
#   VENDOR  mysql/             vendor headers that only this module may include
#   PKG     libmariadb         pkg-config packages to link
#   LIBS    fmt::fmt           CMake targets to link
#   TESTS   a_test.cc          unit tests: no network, no sleeping
#   INTEGRATION b_test.cc)     tests against real servers (ctest label: integration)
#
# One folder = one concept = one namespace = one static library, syncline_NAME.
function(module NAME)
  cmake_parse_arguments(M "" "" "SOURCES;DEPENDS;VENDOR;PKG;LIBS;TESTS;INTEGRATION" ${ARGN})
  set(target syncline_${NAME})
  if(M_SOURCES)
    add_library(${target} STATIC ${M_SOURCES})
    set(scope PUBLIC)
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(${target} ${scope} ${PROJECT_SOURCE_DIR}/src)
  foreach(dependency IN LISTS M_DEPENDS)
    target_link_libraries(${target} ${scope} syncline_${dependency})
  endforeach()
  foreach(package IN LISTS M_PKG)
    string(MAKE_C_IDENTIFIER ${package} id)
    pkg_check_modules(PKG_${id} REQUIRED IMPORTED_TARGET GLOBAL ${package})
    target_link_libraries(${target} ${scope} PkgConfig::PKG_${id})
  endforeach()
  target_link_libraries(${target} ${scope} ${M_LIBS} Threads::Threads)
  if(M_TESTS)
    module_test(${NAME}_test unit ${target} "${M_TESTS}")
  endif()
  if(M_INTEGRATION)
    module_test(${NAME}_integration_test integration ${target} "${M_INTEGRATION}")
  endif()
endfunction()

function(module_test NAME LABEL TARGET SOURCES)
  find_package(GTest REQUIRED)
  if(NOT TARGET rapidcheck) # its package may be read once only
    find_package(rapidcheck REQUIRED)
  endif()
  add_executable(${NAME} ${SOURCES})
  target_include_directories(${NAME} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_definitions(${NAME} PRIVATE SYNCLINE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(${NAME} PRIVATE ${TARGET} GTest::gmock GTest::gtest_main rapidcheck)
  include(GoogleTest)
  # DISCOVERY at test time: a build needs no run of the program.
  gtest_discover_tests(${NAME} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS ${LABEL} TIMEOUT 300)
endfunction()
