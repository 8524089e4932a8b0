# Language, warnings, sanitizers and the packages every part builds on.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Dev CACHE STRING "Dev (fast to build), Release, Asan, Tsan or Fuzz" FORCE)
endif()
set(CMAKE_C_FLAGS_DEV "-O1 -g1")
set(CMAKE_CXX_FLAGS_DEV "-O1 -g1")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -D_GLIBCXX_ASSERTIONS")
set(CMAKE_CXX_FLAGS_ASAN "-O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer")
set(CMAKE_CXX_FLAGS_TSAN "-O1 -g1 -fsanitize=thread")
# For tests/fuzz, with clang: both sanitizers, and what guides libFuzzer.
set(CMAKE_CXX_FLAGS_FUZZ "-O1 -g1 -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=undefined -fno-omit-frame-pointer")

# ccache makes a second checkout, or a second branch, cost seconds instead of minutes.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
  # Paths in debug information are relative, so that all checkouts share one cache.
  add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}=. -ffile-prefix-map=${CMAKE_BINARY_DIR}=build)
endif()

# Some two hundred test programs are linked: gold, which comes with binutils, takes a quarter of the time of ld. What is
# delivered is linked as Debian links, and clang's sanitizers do not get on with gold.
if(CMAKE_BUILD_TYPE STREQUAL "Dev")
  find_program(GOLD_PROGRAM ld.gold)
  if(GOLD_PROGRAM)
    add_link_options(-fuse-ld=gold)
  endif()
endif()

find_package(Threads REQUIRED)
find_package(Protobuf REQUIRED)
find_package(gRPC CONFIG REQUIRED)
find_package(GTest REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
set(Boost_USE_STATIC_LIBS ON)  # a few hundred bytes of code: not worth a package in the images
find_package(Boost REQUIRED COMPONENTS context)
find_package(PkgConfig REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(CJOSE REQUIRED IMPORTED_TARGET cjose)
pkg_check_modules(XLSXWRITER REQUIRED IMPORTED_TARGET xlsxwriter)
pkg_check_modules(LIBZIP REQUIRED IMPORTED_TARGET libzip)
pkg_check_modules(EXPAT REQUIRED IMPORTED_TARGET expat)
pkg_check_modules(PANGOCAIRO REQUIRED IMPORTED_TARGET pangocairo)
pkg_check_modules(GDKPIXBUF REQUIRED IMPORTED_TARGET gdk-pixbuf-2.0)
pkg_check_modules(QRENCODE REQUIRED IMPORTED_TARGET libqrencode)
pkg_check_modules(LIBUUID REQUIRED IMPORTED_TARGET uuid)
find_package(prometheus-cpp CONFIG REQUIRED)

# Connector/C++ 1.1 ships neither a .pc file nor a CMake package.
find_path(MYSQLCPPCONN_INCLUDE cppconn/driver.h REQUIRED)
find_library(MYSQLCPPCONN_LIBRARY mysqlcppconn REQUIRED)
add_library(mysqlcppconn INTERFACE)
target_include_directories(mysqlcppconn SYSTEM INTERFACE ${MYSQLCPPCONN_INCLUDE})
target_link_libraries(mysqlcppconn INTERFACE ${MYSQLCPPCONN_LIBRARY})

find_library(LIBCSV_LIBRARY csv REQUIRED)

# Our own code compiles without a warning; generated code and packages are SYSTEM.
set(INSPECTORATE_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Werror)
# GCC 12 sees uninitialised variants where the sanitizers' checks split its analysis; without them it does not.
if(CMAKE_BUILD_TYPE MATCHES "Asan|Tsan")
  list(APPEND INSPECTORATE_WARNINGS -Wno-maybe-uninitialized)
endif()
# Warnings are kept for GCC; another compiler's would stop a run that looks for other things.
if(CMAKE_BUILD_TYPE STREQUAL "Fuzz")
  set(INSPECTORATE_WARNINGS -w)
endif()
