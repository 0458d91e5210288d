/* Keeps the library of this room from being empty until its first file. */
extern int sleeve_ui_room;
