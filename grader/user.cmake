# The grader's user side: what students and instructors see of it. Kept as a library of its own, so
# that its tests can call it; the commands themselves are part of the program.
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3 zlib)

add_library(syslab_desk STATIC
  bulk.c
  bulk_terminal.c
  change.c
  cluster.c
  cluster_collect.c
  desk.c
  desk_view.c
  equivalents.c
  explain.c
  explain_json.c
  explain_text.c
  explain_words.c
  files.c
  fingerprint.c
  folder.c
  format.c
  format_case.c
  format_classroom.c
  format_exercism.c
  format_gradescope.c
  format_html.c
  format_html_grade.c
  format_junit.c
  format_output.c
  gradebook.c
  gradebook_explain.c
  gradebook_export.c
  git.c
  grading.c
  html.c
  keyboard.c
  mutation.c
  mutation_run.c
  mutation_view.c
  options.c
  outlet.c
  regrade.c
  regrade_list.c
  release.c
  release_cut.c
  release_export.c
  release_hidden.c
  screen.c
  similar.c
  similar_html.c
  similar_index.c
  similar_load.c
  similar_match.c
  similar_report.c
  similar_stream.c
  slurm.c
  store.c
  store_history.c
  store_progress.c
  store_schema.c
  submissions.c
  terminal.c
  tray.c
  tray_folder.c
  tray_list.c
  twin.c
  unit.c
  prose.c
  update.c
  update_apply.c
  update_merge.c
  update_note.c
  update_plan_course.c
  update_plan_work.c
  update_source.c
  view.c
  view_failure.c
  watcher.c
  work.c)
target_link_libraries(syslab_desk PUBLIC syslab_grading PkgConfig::SQLITE PRIVATE syslab_warnings)

function(syslab_user_commands target)
  target_sources(${target} PRIVATE
    command_explain.c
    command_grade.c
    command_hint.c
    command_init.c
    command_list.c
    command_mutate.c
    command_next.c
    command_regrade.c
    command_release.c
    command_report.c
    command_reset.c
    command_similar.c
    command_solution.c
    command_submit.c
    command_test.c
    command_unit.c
    command_update.c
    command_watch.c)
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

  # A person at a terminal, for the tests of `watch`.
  syslab_program(pty_drive tests/pty_drive.c syslab_options util)
  # What builds the students' tree from nothing: once, not for each sanitizer. What takes a class through long
  # stories: in the sanitizer's build only in the long tier, where `many` takes each of their commands through once.
  set(stories
    grade
    gradescope
    mutate
    output
    regrade
    slurm
    slurm_faults
    update_lines)
  if(NOT SYSLAB_SANITIZE)
    set(once kits released_tree)
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
