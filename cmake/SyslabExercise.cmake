# syslab_exercise(03_memory/arena SUPPORT 03_memory/allocator.c [PLUGINS name...] [THREADS] [REFERENCE]
#   [INTERLEAVE] [INTERLEAVE_SUPPORT source...] [ROOT folder])
#
# Builds the kits of one exercise: tests/test_<name>.c, the harness (exercises/support/subject*.c) and
# the SUPPORT sources, as one archive for each build that the grader links a submission with. The
# grader compiles the student's file with the same flags: both read SYSLAB_BUILD_<build>_FLAGS.
#
#   plain   what a user would run          asan   address and undefined-behaviour sanitizers
#   tsan    thread sanitizer, only for an exercise with THREADS
#   interleave   every execution of the tests in tests/interleave_<name>.c, only with INTERLEAVE: compiled for the
#                thread sanitizer, linked to a shared object, which the kit's program `explorer` loads
#                (exercises/support/explorer.c). INTERLEAVE_SUPPORT: what those tests need besides.
#
# tests/hidden/test_<name>.c, where it is there, adds the tests that grade at the instructor's only: the
# folder is no part of a student's tree. REFERENCE adds the solution to such a kit, with every name of its
# interface prefixed by `ref_`, for hidden tests that measure a submission beside it. ROOT is another place than exercises/, from the root of the
# repository: what lies there is not part of the course.
#
# PLUGINS builds tests/plugins/<name>.c, each as a shared object. The kit's folder files/ has them, and a test
# finds that folder in its scratch. Lazy, so that what a host does about missing symbols is up to the host.
#
# A kit's bytes are part of what a grade follows from, so the folders that the course was cloned and built in
# are not in them: `course` in the build's folder leads to the root, and both are mapped to ".".

# No frame pointers: a submission could follow them out of its test.
set(SYSLAB_BUILD_plain_FLAGS -std=c17 -O2 -g)
set(SYSLAB_BUILD_asan_FLAGS -std=c17 -O1 -g -fno-omit-frame-pointer
  -fsanitize=address,undefined -fno-sanitize-recover=all)
set(SYSLAB_BUILD_tsan_FLAGS -std=c17 -O1 -g -fno-omit-frame-pointer -fsanitize=thread)

set(SYSLAB_BUILD_interleave_FLAGS -std=c17 -O1 -g -fPIC -fsanitize=thread)
# gcc expands a copy of few bytes in place, and tells the sanitizer nothing. Only these: a call that the compiler does
# away with in the plain build, as of abs, is no symbol that an exercise would have to allow.
foreach(function IN ITEMS memcpy memmove memset memcmp mempcpy bcopy bzero bcmp strcpy stpcpy strncpy stpncpy strcat
    strncat sprintf snprintf)
  list(APPEND SYSLAB_BUILD_tsan_FLAGS -fno-builtin-${function})
  list(APPEND SYSLAB_BUILD_interleave_FLAGS -fno-builtin-${function})
endforeach()
# clang leaves out what finds a line by its address; gcc warns of fences, which are nothing to warn of here.
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  list(APPEND SYSLAB_BUILD_interleave_FLAGS -Wno-tsan)
else()
  list(APPEND SYSLAB_BUILD_interleave_FLAGS -gdwarf-aranges)
endif()

set(SYSLAB_KIT_FLAGS -ffile-prefix-map=${PROJECT_SOURCE_DIR}=. -ffile-prefix-map=${PROJECT_BINARY_DIR}=.)
file(CREATE_LINK "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}/course" SYMBOLIC)

function(syslab_exercise path)
  cmake_parse_arguments(arg "THREADS;REFERENCE;INTERLEAVE" "ROOT" "SUPPORT;PLUGINS;INTERLEAVE_SUPPORT" ${ARGN})
  if(NOT arg_ROOT)
    set(arg_ROOT exercises)
  endif()
  cmake_path(GET path FILENAME name)
  set(folder "${PROJECT_SOURCE_DIR}/${arg_ROOT}/${path}")
  set(builds plain asan)
  set(launcher sh "${PROJECT_SOURCE_DIR}/cmake/compile_kit.sh" "${PROJECT_SOURCE_DIR}"
    ${CMAKE_C_COMPILER_LAUNCHER})
  if(arg_THREADS)
    list(APPEND builds tsan)
  endif()
  list(TRANSFORM arg_SUPPORT PREPEND "${PROJECT_SOURCE_DIR}/")
  set(hidden "${folder}/tests/hidden/test_${name}.c")
  if(NOT EXISTS "${hidden}")
    set(hidden)
  endif()
  foreach(build IN LISTS builds)
    set(kit kit_${name}_${build})
    add_library(${kit} STATIC "${folder}/tests/test_${name}.c" ${hidden}
      "${PROJECT_SOURCE_DIR}/exercises/support/subject.c"
      "${PROJECT_SOURCE_DIR}/exercises/support/subject_door.c"
      "${PROJECT_SOURCE_DIR}/exercises/support/subject_guard.c"
      "${PROJECT_SOURCE_DIR}/exercises/support/subject_record.c"
      "${PROJECT_SOURCE_DIR}/exercises/support/subject_words.c" ${arg_SUPPORT})
    target_compile_definitions(${kit} PRIVATE $<$<BOOL:${hidden}>:SUBJECT_HIDDEN>)
    syslab_set_kit(${kit} ${build} ${path} "${folder}" "${launcher}")
    if(arg_REFERENCE AND hidden)
      syslab_add_reference(${kit} ${build} ${path} ${name})
    endif()
  endforeach()
  if(arg_INTERLEAVE AND TARGET explorer)
    syslab_add_interleave(${path} ${name} "${folder}" "${launcher}" "${arg_INTERLEAVE_SUPPORT}")
  endif()
  foreach(plugin IN LISTS arg_PLUGINS)
    syslab_add_plugin(${path} ${name} ${plugin} "${folder}" "${launcher}")
  endforeach()
  if(NOT arg_ROOT STREQUAL "exercises")
    return()
  endif()
  set_property(GLOBAL APPEND PROPERTY syslab_exercises ${path})
  # The starter, the reference and every labelled submission get the verdict that their folder names.
  # Timed tests are fair only alone, so nothing runs beside it.
  if(SYSLAB_TESTS AND NOT SYSLAB_SANITIZE)
    add_test(NAME exercise.${path} COMMAND syslab verify ${path})
    set_tests_properties(exercise.${path} PROPERTIES LABELS exercise TIMEOUT 1500 RUN_SERIAL ON)
    # instructor only
    # Nineteen in twenty mutants of the reference are noticed by the tests. A sample of all exercises'
    # is graded in the normal tier: mutants.sample in grader/CMakeLists.txt.
    add_test(NAME mutants.${path} COMMAND syslab mutate ${path})
    set_tests_properties(mutants.${path} PROPERTIES LABELS full TIMEOUT 3000 RUN_SERIAL ON)
    # end instructor only
  endif()
endfunction()

# What every kit has.
function(syslab_set_kit kit build path folder launcher)
  target_compile_definitions(${kit} PRIVATE _GNU_SOURCE)
  target_compile_options(${kit} PRIVATE ${SYSLAB_BUILD_${build}_FLAGS} ${SYSLAB_KIT_FLAGS})
  target_include_directories(${kit} PRIVATE "${folder}/starter"
    "${PROJECT_SOURCE_DIR}/exercises/support" "${PROJECT_SOURCE_DIR}")
  target_link_libraries(${kit} PRIVATE syslab_warnings)
  set_target_properties(${kit} PROPERTIES OUTPUT_NAME ${build} PREFIX ""
    C_COMPILER_LAUNCHER "${launcher}"
    ARCHIVE_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/kits/${path}" INTERPROCEDURAL_OPTIMIZATION OFF)
  set_property(GLOBAL APPEND PROPERTY syslab_kits ${kit})
endfunction()

# The tests under interleave, and a copy of the program that explores them: a kit has all that a grade follows from.
function(syslab_add_interleave path name folder launcher support)
  set(kit kit_${name}_interleave)
  list(TRANSFORM support PREPEND "${PROJECT_SOURCE_DIR}/")
  add_library(${kit} STATIC "${folder}/tests/interleave_${name}.c" ${support})
  target_compile_definitions(${kit} PRIVATE SYSLAB_INTERLEAVE)
  syslab_set_kit(${kit} interleave ${path} "${folder}" "${launcher}")
  set(copy "${PROJECT_BINARY_DIR}/kits/${path}/explorer")
  add_custom_command(OUTPUT "${copy}"
    COMMAND ${CMAKE_OBJCOPY} --strip-all $<TARGET_FILE:explorer> "${copy}"
    DEPENDS explorer VERBATIM)
  add_custom_target(${kit}_explorer DEPENDS "${copy}")
  add_dependencies(${kit} ${kit}_explorer)
endfunction()

function(syslab_add_plugin path name plugin folder launcher)
  set(target kit_${name}_plugin_${plugin})
  add_library(${target} MODULE "${folder}/tests/plugins/${plugin}.c")
  target_compile_options(${target} PRIVATE -std=c17 -O2 ${SYSLAB_KIT_FLAGS})
  target_include_directories(${target} PRIVATE "${folder}/starter")
  target_link_options(${target} PRIVATE -Wl,-z,lazy -Wl,--build-id=none)
  target_link_libraries(${target} PRIVATE syslab_warnings)
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${plugin} PREFIX ""
    C_COMPILER_LAUNCHER "${launcher}"
    LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/kits/${path}/files" INTERPROCEDURAL_OPTIMIZATION OFF)
  set_property(GLOBAL APPEND PROPERTY syslab_kits ${target})
endfunction()

# The solution as an object whose interface names begin with ref_. The names are the header's:
# whatever the object defines globally.
function(syslab_add_reference kit build path name)
  set(object "${CMAKE_CURRENT_BINARY_DIR}/${path}/reference_${build}.o")
  cmake_path(GET object PARENT_PATH folder)
  file(MAKE_DIRECTORY "${folder}")
  set(source exercises/${path}/solution/${name}.c)
  add_custom_command(OUTPUT "${object}"
    COMMAND ${CMAKE_C_COMPILER} ${SYSLAB_BUILD_${build}_FLAGS} ${SYSLAB_KIT_FLAGS} -D_GNU_SOURCE
            -Iexercises/${path}/starter -I. -c ${source} -o ${object}.unprefixed
    COMMAND sh -c "\"$1\" -g --defined-only -f posix \"$2\" | while read -r n t; do case $t in [TDBR]*) echo \"$n ref_$n\";; esac; done > \"$2.names\""
            sh ${CMAKE_NM} ${object}.unprefixed
    COMMAND ${CMAKE_OBJCOPY} --redefine-syms=${object}.unprefixed.names ${object}.unprefixed ${object}
    DEPENDS "${PROJECT_SOURCE_DIR}/${source}" "${PROJECT_SOURCE_DIR}/exercises/${path}/starter/${name}.h"
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}" VERBATIM)
  target_sources(${kit} PRIVATE "${object}")
  set_source_files_properties("${object}" PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
endfunction()
