# Compile and link options, carried by two interface targets and never appended to CMAKE_C_FLAGS:
#   syslab_warnings  what the course's own code is held to; private to its targets
#   syslab_options   standard, sanitizers, profiling; every target links it

add_library(syslab_warnings INTERFACE)
target_compile_options(syslab_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wvla
  $<$<BOOL:${SYSLAB_WERROR}>:-Werror>)

add_library(syslab_options INTERFACE)
target_compile_features(syslab_options INTERFACE c_std_17)
target_compile_definitions(syslab_options INTERFACE _GNU_SOURCE)
target_compile_options(syslab_options INTERFACE $<BUILD_INTERFACE:-fno-omit-frame-pointer>)
target_include_directories(syslab_options INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)

set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
find_package(Threads REQUIRED)
target_link_libraries(syslab_options INTERFACE Threads::Threads)

if(SYSLAB_SANITIZE)
  # -O1 keeps frames and lines honest and the stress tests bearable; ASSERT stays on (no NDEBUG).
  target_compile_options(syslab_options INTERFACE
    -O1 -fsanitize=${SYSLAB_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(syslab_options INTERFACE -fsanitize=${SYSLAB_SANITIZE})
endif()

if(SYSLAB_COVERAGE)
  target_compile_options(syslab_options INTERFACE --coverage)
  target_link_options(syslab_options INTERFACE --coverage)
endif()

# Both halves of `pgo` build in one folder, so that gcc finds an object's profile (.gcda) beside it:
#   cmake --workflow --preset pgo-train && cmake --workflow --preset pgo
# The benches are the training. A profile of older sources is a warning: train again.
if(SYSLAB_PGO AND NOT CMAKE_C_COMPILER_ID STREQUAL "GNU")
  message(FATAL_ERROR "SYSLAB_PGO needs gcc: clang keeps its profiles in another way")
endif()
if(SYSLAB_PGO STREQUAL "generate")
  set(pgo_flags -fprofile-generate -fprofile-update=atomic)
elseif(SYSLAB_PGO STREQUAL "use")
  set(pgo_flags -fprofile-use -fprofile-partial-training
    -Wno-missing-profile -Wno-error=coverage-mismatch)
endif()
if(SYSLAB_PGO)
  target_compile_options(syslab_options INTERFACE ${pgo_flags})
  target_link_options(syslab_options INTERFACE ${pgo_flags})
endif()

# Another malloc for the whole program, by linking it ahead of the C library.
if(SYSLAB_MALLOC)
  find_library(SYSLAB_MALLOC_LIBRARY ${SYSLAB_MALLOC})
  if(NOT SYSLAB_MALLOC_LIBRARY)
    message(FATAL_ERROR "SYSLAB_MALLOC: no library ${SYSLAB_MALLOC} (package lib${SYSLAB_MALLOC}-dev)")
  endif()
  target_link_options(syslab_options INTERFACE
    "$<BUILD_INTERFACE:-Wl,--push-state,--no-as-needed,${SYSLAB_MALLOC_LIBRARY},--pop-state>")
endif()

# Coverage for libFuzzer in every object; the fuzz targets alone link its main.
if(SYSLAB_FUZZER)
  target_compile_options(syslab_options INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(syslab_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
