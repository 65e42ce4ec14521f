# The helpers that keep a chapter's list file near 20 lines. Every list of sources is explicit.
#
#   syslab_library(memory MODULES arena slab DEPENDS unsafe)
#       arena.h + arena.c, slab.h + slab.c -> libsyslab_memory.a, alias Syslab::memory. A module
#       without a source is header-only; what is in assembly is in context_x86_64.S beside it.
#   syslab_test(memory UNIT arena STRESS pool FUZZ bytes)
#       tests/test_arena.c (Check, one ctest a case), tests/stress_pool.c (a plain program that
#       prints its seed), tests/fuzz_bytes.c (LLVMFuzzerTestOneInput: see syslab_fuzz).
#   syslab_demo(memory arena_scratch ...)
#       demos/arena_scratch.c, run by ctest and compared with the output its top comment promises.
#   syslab_bench(memory arena ...)
#       bench/bench_arena.c on bench/bench.h; ctest runs one iteration of each.

# Tests of a sanitizer build carry its name, so that one ctest can run all builds.
if(SYSLAB_SANITIZE MATCHES "address")
  set(SYSLAB_TEST_PREFIX "asan.")
elseif(SYSLAB_SANITIZE MATCHES "thread")
  set(SYSLAB_TEST_PREFIX "tsan.")
else()
  set(SYSLAB_TEST_PREFIX "")
endif()

# A static library from modules that lie side by side in the current folder.
function(syslab_library name)
  cmake_parse_arguments(arg "" "" "MODULES;DEPENDS" ${ARGN})
  set(sources)
  set(headers)
  foreach(module IN LISTS arg_MODULES)
    list(APPEND headers ${module}.h)
    if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${module}.c")
      list(APPEND sources ${module}.c)
    endif()
    if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${module}_${CMAKE_SYSTEM_PROCESSOR}.S")
      list(APPEND sources ${module}_${CMAKE_SYSTEM_PROCESSOR}.S)
    endif()
  endforeach()
  if(sources)
    add_library(syslab_${name} STATIC ${sources})
    set(scope PUBLIC)
    target_link_libraries(syslab_${name} PRIVATE $<BUILD_INTERFACE:syslab_warnings>)
  else()
    add_library(syslab_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  list(TRANSFORM arg_DEPENDS PREPEND syslab_)
  target_link_libraries(syslab_${name} ${scope} syslab_options ${arg_DEPENDS})
  target_sources(syslab_${name} PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}" FILES ${headers})
  add_library(Syslab::${name} ALIAS syslab_${name})
  set_target_properties(syslab_${name} PROPERTIES EXPORT_NAME ${name})
  set_property(GLOBAL APPEND PROPERTY syslab_libraries syslab_${name})
  syslab_check_house(${name} "${arg_MODULES}")
endfunction()

# The tests of the house itself, for one chapter: headers compile alone, symbols carry their
# module's name, includes point downwards.
function(syslab_check_house name modules)
  if(NOT SYSLAB_TESTS OR SYSLAB_SANITIZE)
    return()
  endif()
  cmake_path(GET CMAKE_CURRENT_SOURCE_DIR FILENAME chapter)
  foreach(module IN LISTS modules)
    add_test(NAME ${chapter}.header.${module}
      COMMAND ${PROJECT_SOURCE_DIR}/tests/check_header.sh ${CMAKE_C_COMPILER} ${PROJECT_SOURCE_DIR}
              ${chapter}/${module}.h)
    set_tests_properties(${chapter}.header.${module} PROPERTIES LABELS unit TIMEOUT 30)
  endforeach()
  get_target_property(type syslab_${name} TYPE)
  if(type STREQUAL "STATIC_LIBRARY")
    list(JOIN modules "," names)
    add_test(NAME ${chapter}.symbols
      COMMAND ${PROJECT_SOURCE_DIR}/tests/check_symbols.sh ${CMAKE_NM} $<TARGET_FILE:syslab_${name}> ${names})
    set_tests_properties(${chapter}.symbols PROPERTIES LABELS unit TIMEOUT 30)
  endif()
endfunction()

# An executable of the course's own: warnings on, linked with what it names.
function(syslab_program target source)
  add_executable(${target} ${source})
  target_link_libraries(${target} PRIVATE syslab_warnings ${ARGN})
endfunction()

# name.so, a sealed plugin (07_unsafe/plugin.h) from one source, in the current build folder.
function(syslab_plugin name source)
  add_library(${name} MODULE ${source})
  target_link_libraries(${name} PRIVATE syslab_options syslab_warnings)
  target_compile_definitions(${name} PRIVATE ${ARGN})
  set_target_properties(${name} PROPERTIES PREFIX "")
  add_custom_command(TARGET ${name} POST_BUILD COMMAND plugin_seal $<TARGET_FILE:${name}> VERBATIM)
endfunction()

# The label of a test in this build. Of a test that starts no thread (and so never speaks of one) the thread sanitizer
# can say nothing that the other builds do not: there it is of the long tier.
function(syslab_label result label source)
  if(SYSLAB_SANITIZE MATCHES "thread")
    file(STRINGS ${source} threads REGEX "[Tt]hread|THREAD")
    if(NOT threads)
      set(label full)
    endif()
  endif()
  set(${result} ${label} PARENT_SCOPE)
endfunction()

function(syslab_test chapter)
  if(NOT SYSLAB_TESTS)
    return()
  endif()
  cmake_parse_arguments(arg "" "" "UNIT;STRESS;FUZZ" ${ARGN})
  foreach(module IN LISTS arg_UNIT)
    syslab_program(test_${module} tests/test_${module}.c syslab_${chapter} syslab_check_main)
    syslab_label(label unit tests/test_${module}.c)
    syslab_discover_cases(test_${module} ${chapter}.${module} tests/test_${module}.c ${label})
  endforeach()
  foreach(module IN LISTS arg_STRESS)
    syslab_program(stress_${module} tests/stress_${module}.c syslab_${chapter})
    add_test(NAME ${SYSLAB_TEST_PREFIX}${chapter}.stress.${module} COMMAND stress_${module})
    set_tests_properties(${SYSLAB_TEST_PREFIX}${chapter}.stress.${module} PROPERTIES LABELS stress TIMEOUT 300)
  endforeach()
  foreach(module IN LISTS arg_FUZZ)
    syslab_fuzz(${module} ${chapter}.fuzz.${module} tests/fuzz_${module}.c syslab_${chapter})
  endforeach()
endfunction()

# A fuzz target. Everywhere: a fixed number of generated inputs from a printed seed. In the `fuzz` preset
# (clang): a campaign of libFuzzer, guided by coverage, label `full`.
function(syslab_fuzz module test source)
  if(SYSLAB_FUZZER)
    syslab_program(fuzz_${module} ${source} ${ARGN})
    target_link_options(fuzz_${module} PRIVATE -fsanitize=fuzzer)
    add_test(NAME full.${test} COMMAND fuzz_${module} -max_total_time=300 -max_len=4096 -print_final_stats=1)
    set_tests_properties(full.${test} PROPERTIES LABELS full TIMEOUT 600)
    return()
  endif()
  syslab_program(fuzz_${module} ${source} ${ARGN} syslab_fuzz_main)
  add_test(NAME ${SYSLAB_TEST_PREFIX}${test} COMMAND fuzz_${module})
  syslab_label(label fuzz ${source})
  set_tests_properties(${SYSLAB_TEST_PREFIX}${test} PROPERTIES LABELS ${label} TIMEOUT 300)
endfunction()

# One ctest for each tcase_create("name") of a Check program; Check runs one case by CK_RUN_CASE.
function(syslab_discover_cases target prefix source label)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  file(STRINGS ${source} lines REGEX "tcase_create\\(\"")
  if(NOT lines)
    message(FATAL_ERROR "${source} has no tcase_create(\"...\"): nothing would be tested")
  endif()
  foreach(line IN LISTS lines)
    string(REGEX REPLACE ".*tcase_create\\(\"([^\"]+)\"\\).*" "\\1" case "${line}")
    set(test ${SYSLAB_TEST_PREFIX}${prefix}.${case})
    add_test(NAME ${test} COMMAND ${target})
    set_tests_properties(${test} PROPERTIES
      LABELS ${label} TIMEOUT 300 SKIP_RETURN_CODE 77 ENVIRONMENT "CK_RUN_CASE=${case}")
  endforeach()
endfunction()

function(syslab_demo chapter)
  if(NOT SYSLAB_TESTS)
    return()
  endif()
  foreach(demo IN LISTS ARGN)
    syslab_program(demo_${demo} demos/${demo}.c syslab_${chapter})
    # A demo that shows a sanitizer's report is run where that sanitizer is.
    file(STRINGS demos/${demo}.c needs REGEX "^ \\* Needs: ")
    string(REGEX REPLACE "^ \\* Needs: *" "" needs "${needs}")
    if(needs AND NOT SYSLAB_SANITIZE MATCHES "${needs}")
      continue()
    endif()
    add_test(NAME ${SYSLAB_TEST_PREFIX}${chapter}.demo.${demo}
      COMMAND ${PROJECT_SOURCE_DIR}/tests/check_demo.sh
              ${CMAKE_CURRENT_SOURCE_DIR}/demos/${demo}.c $<TARGET_FILE:demo_${demo}>)
    syslab_label(label demo demos/${demo}.c)
    set_tests_properties(${SYSLAB_TEST_PREFIX}${chapter}.demo.${demo} PROPERTIES LABELS ${label} TIMEOUT 300)
  endforeach()
endfunction()

function(syslab_bench chapter)
  foreach(module IN LISTS ARGN)
    syslab_program(bench_${module} bench/bench_${module}.c syslab_${chapter} syslab_bench)
    set_property(GLOBAL APPEND PROPERTY syslab_benches bench_${module})
    if(SYSLAB_TESTS)
      # Training for profile-guided optimisation needs the work itself, not only its answer.
      add_test(NAME ${SYSLAB_TEST_PREFIX}${chapter}.bench.${module} COMMAND_EXPAND_LISTS
        COMMAND bench_${module} "$<IF:$<STREQUAL:${SYSLAB_PGO},generate>,--ours;--samples;1,--smoke>")
      syslab_label(label bench bench/bench_${module}.c)
      set_tests_properties(${SYSLAB_TEST_PREFIX}${chapter}.bench.${module} PROPERTIES LABELS ${label} TIMEOUT 300)
    endif()
  endforeach()
endfunction()

# Headers under include/syslab/, archives, and SyslabConfig.cmake for find_package(Syslab).
function(syslab_install)
  include(CMakePackageConfigHelpers)
  get_property(libraries GLOBAL PROPERTY syslab_libraries)
  install(TARGETS ${libraries} syslab_options EXPORT SyslabTargets
    FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/syslab
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/syslab)
  install(EXPORT SyslabTargets NAMESPACE Syslab:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Syslab)
  configure_package_config_file(cmake/SyslabConfig.cmake.in
    "${PROJECT_BINARY_DIR}/SyslabConfig.cmake" INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Syslab)
  write_basic_package_version_file("${PROJECT_BINARY_DIR}/SyslabConfigVersion.cmake"
    COMPATIBILITY SameMinorVersion)
  install(FILES "${PROJECT_BINARY_DIR}/SyslabConfig.cmake" "${PROJECT_BINARY_DIR}/SyslabConfigVersion.cmake"
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Syslab)
endfunction()
