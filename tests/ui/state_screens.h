#ifndef SLEEVE_TESTS_UI_STATE_SCREENS_H
#define SLEEVE_TESTS_UI_STATE_SCREENS_H

/* What every view and every list to pick from shows while each piece of background work that it needs is awaited, and
 * after it has failed, at 80x24: golden/states/VIEW.txt. */
void test_states(void **unused);
/* After test_states: view_cases.h has a row for each view, list and effect that there is. */
void test_states_complete(void **unused);
/* In every case, sizes from 200x55 to 1x1 give sound screens, also without pictures and for an audience, and 80x24 then
 * gives the first one again. What is selected can be seen without colours. */
void test_state_sizes(void **unused);

/* The answers to commands that cannot be done: golden/said.txt. What is seldom shown, at 80x24: golden/rare.txt. */
void test_said(void **unused);
void test_rare(void **unused);

#endif
