// Which units run: written a second time from the model's README.md, with the instant of the
// last change instead of a timer

model OnOff "Starts, stops and trips of one unit"
  parameter Real min_on_s = 600.0;
  parameter Real min_off_s = 300.0;
  parameter Real T_condensing_trip = 375.15;
  parameter Real T_evaporating_trip = 270.15;
  parameter Real trip_reset_s = 1800.0;
  Boolean wanted(start = true);
  Boolean unwanted(start = false);
  Real T_h "saturation temperature of the whole pressure in the condenser";
  Real T_e;
  discrete Real on(start = 1.0, fixed = true);
  discrete Real trip(start = 0.0, fixed = true) "1 high pressure, 2 low";
  discrete Real since(start = -3600.0, fixed = true) "last start or stop";
equation
  when pre(on) > 0.5 and T_h > T_condensing_trip then
    on = 0.0;
    trip = 1.0;
    since = time;
  elsewhen pre(on) > 0.5 and T_e < T_evaporating_trip then
    on = 0.0;
    trip = 2.0;
    since = time;
  elsewhen pre(on) > 0.5 and unwanted and time >= pre(since) + min_on_s then
    on = 0.0;
    trip = pre(trip);
    since = time;
  elsewhen pre(trip) > 0.5 and time >= pre(since) + trip_reset_s
      and T_h < T_condensing_trip - 5.0 and T_e > T_evaporating_trip + 5.0 then
    on = pre(on);
    trip = 0.0;
    since = pre(since);
  elsewhen pre(on) < 0.5 and pre(trip) < 0.5 and wanted and time >= pre(since) + min_off_s then
    on = 1.0;
    trip = pre(trip);
    since = time;
  end when;
end OnOff;

model Sequencer "How many units are wanted, and which leads"
  parameter Integer units = 3;
  parameter Real rotation = 0.0 "1 with, 0 without";
  parameter Real stage_up = 0.95;
  parameter Real stage_down = 0.8;
  parameter Real stage_s = 300.0;
  Real demand "capacity wanted in units";
  Real u_run;
  discrete Real k(start = units, fixed = true);
  discrete Real lead(start = 0.0, fixed = true) "0 for unit 1";
  discrete Real since(start = -3600.0, fixed = true);
equation
  when pre(k) > 0.5 and u_run < 0.4 then
    k = 0.0;
    lead = if pre(lead) < units - 1.5 then pre(lead) + rotation else pre(lead) * (1.0 - rotation);
    since = time;
  elsewhen pre(k) < 0.5 and u_run > 0.5 then
    k = 1.0;
    lead = pre(lead);
    since = time;
  elsewhen pre(k) > 0.5 and pre(k) < units - 0.5 and demand > stage_up * pre(k)
      and time >= pre(since) + stage_s then
    k = pre(k) + 1.0;
    lead = pre(lead);
    since = time;
  elsewhen pre(k) > 1.5 and demand < stage_down * (pre(k) - 1.0)
      and time >= pre(since) + stage_s then
    k = pre(k) - 1.0;
    lead = if pre(lead) < units - 1.5 then pre(lead) + rotation else pre(lead) * (1.0 - rotation);
    since = time;
  end when;
end Sequencer;
