# The grader's user side: what students and instructors see of it. Kept as a library of its own, so
# that its tests can call it; the commands themselves are part of the program.
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3 zlib)

add_library(syslab_desk STATIC
  base/files.c
  base/folder.c
  base/git.c
  base/html.c
  base/keyboard.c
  base/options.c
  base/outlet.c
  base/prose.c
  base/screen.c
  base/terminal.c
  class/bulk.c
  class/bulk_terminal.c
  class/cluster.c
  class/cluster_collect.c
  class/explain.c
  class/explain_json.c
  class/explain_text.c
  class/explain_words.c
  class/regrade.c
  class/regrade_list.c
  class/slurm.c
  class/submissions.c
  class/tray.c
  class/tray_folder.c
  class/tray_list.c
  class/unit.c
  desk/desk.c
  desk/desk_view.c
  desk/grading.c
  desk/watcher.c
  desk/work.c
  formats/format.c
  formats/format_case.c
  formats/format_classroom.c
  formats/format_exercism.c
  formats/format_gradescope.c
  formats/format_html.c
  formats/format_html_grade.c
  formats/format_junit.c
  formats/format_output.c
  record/change.c
  record/view.c
  record/view_failure.c
  release/release.c
  release/release_cut.c
  release/release_export.c
  release/release_hidden.c
  release/update.c
  release/update_apply.c
  release/update_merge.c
  release/update_note.c
  release/update_plan_course.c
  release/update_plan_work.c
  release/update_source.c
  similar/fingerprint.c
  similar/similar.c
  similar/similar_html.c
  similar/similar_index.c
  similar/similar_load.c
  similar/similar_match.c
  similar/similar_report.c
  similar/similar_stream.c
  store/gradebook.c
  store/gradebook_explain.c
  store/gradebook_export.c
  store/store.c
  store/store_history.c
  store/store_progress.c
  store/store_schema.c
  verify/equivalents.c
  verify/mutation.c
  verify/mutation_run.c
  verify/mutation_view.c
  verify/twin.c)
target_link_libraries(syslab_desk PUBLIC syslab_grading PkgConfig::SQLITE PRIVATE syslab_warnings)

function(syslab_user_commands target)
  target_sources(${target} PRIVATE
    commands/command_explain.c
    commands/command_grade.c
    commands/command_hint.c
    commands/command_init.c
    commands/command_list.c
    commands/command_mutate.c
    commands/command_next.c
    commands/command_regrade.c
    commands/command_release.c
    commands/command_report.c
    commands/command_reset.c
    commands/command_similar.c
    commands/command_solution.c
    commands/command_submit.c
    commands/command_test.c
    commands/command_unit.c
    commands/command_update.c
    commands/command_watch.c)
  target_link_libraries(${target} PRIVATE syslab_desk)
endfunction()

# instructor only
if(SYSLAB_TESTS)
  foreach(module IN ITEMS change files fingerprint format gradebook html listing outlet prose release store tray update view)
    syslab_program(test_grader_${module} tests/test_${module}.c syslab_desk syslab_check_main)
    syslab_discover_cases(test_grader_${module} grader.${module} tests/test_${module}.c unit)
  endforeach()

  # Disguised copies, for the tests of `similar`.
  add_library(plagiarist STATIC tests/plagiarist.c)
  target_link_libraries(plagiarist PUBLIC syslab_grading PRIVATE syslab_warnings)
  syslab_program(plagiarise tests/plagiarise.c syslab_desk plagiarist)
  syslab_program(test_grader_similar tests/test_similar.c syslab_desk plagiarist syslab_check_main)
  syslab_discover_cases(test_grader_similar grader.similar tests/test_similar.c unit)
  # Hundreds of comparisons: seconds, but not under a sanitizer beside other work.
  set_tests_properties(${SYSLAB_TEST_PREFIX}grader.similar.measured PROPERTIES TIMEOUT 300)
  if(SYSLAB_SANITIZE)
    set_tests_properties(${SYSLAB_TEST_PREFIX}grader.similar.measured PROPERTIES LABELS full)
  endif()

  # A person at a terminal, for the tests of `watch`.
  syslab_program(pty_drive tests/pty_drive.c syslab_options util)
  # What builds the students' tree from nothing: once, not for each sanitizer. What takes a class through long
  # stories: in the sanitizer's build only in the long tier, where `many` takes each of their commands through once. So does
  # watch: on a busy machine a sanitizer's burst of saves takes longer than watch waits for its end.
  set(stories
    classroom
    explain
    formats
    grade
    gradescope
    mutate
    output
    regrade
    release
    slurm
    slurm_faults
    update
    update_lines
    verify
    watch)
  if(NOT SYSLAB_SANITIZE)
    set(once interleave kits released_tree)
  endif()
  foreach(script IN ITEMS
      classroom
      explain
      faults
      formats
      grade
      grader_errors
      gradescope
      layers
      many
      mutate
      names
      output
      regrade
      release
      similar
      slurm
      slurm_faults
      test
      update
      update_lines
      update_stopped
      verify
      watch
      workspace
      ${once})
    add_test(NAME ${SYSLAB_TEST_PREFIX}grader.cli.${script}
      COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/tests/cli_${script}.sh
              $<TARGET_FILE:syslab> ${PROJECT_SOURCE_DIR} $<TARGET_FILE:pty_drive>)
    set(label cli)
    if(SYSLAB_SANITIZE AND script IN_LIST stories)
      set(label full)
    endif()
    set_tests_properties(${SYSLAB_TEST_PREFIX}grader.cli.${script} PROPERTIES
      LABELS ${label} TIMEOUT 600 SKIP_RETURN_CODE 77 ENVIRONMENT "SYSLAB_BUILD=${PROJECT_BINARY_DIR}")
  endforeach()
  # Their clusters have one machine's cores between all nodes.
  set_tests_properties(${SYSLAB_TEST_PREFIX}grader.cli.slurm ${SYSLAB_TEST_PREFIX}grader.cli.slurm_faults
    PROPERTIES TIMEOUT 900)
  if(NOT SYSLAB_SANITIZE)
    add_test(NAME grader.cli.grade.60
      COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/tests/cli_grade.sh $<TARGET_FILE:syslab> ${PROJECT_SOURCE_DIR})
    set_tests_properties(grader.cli.grade.60 PROPERTIES
      LABELS full TIMEOUT 600 ENVIRONMENT "SYSLAB_BUILD=${PROJECT_BINARY_DIR};STUDENTS=60")
    # A browser is large and slow to start.
    add_test(NAME grader.browser.gradebook
      COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/tests/browser_gradebook.sh $<TARGET_FILE:syslab> ${PROJECT_SOURCE_DIR})
    set_tests_properties(grader.browser.gradebook PROPERTIES
      LABELS full TIMEOUT 600 SKIP_RETURN_CODE 77 ENVIRONMENT "SYSLAB_BUILD=${PROJECT_BINARY_DIR}")
  endif()
  if(once)
    set_tests_properties(grader.cli.released_tree PROPERTIES TIMEOUT 900)
  endif()
endif()
# end instructor only
