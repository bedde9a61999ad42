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
  Real runs "on, as the queue sees it";
  Boolean ready(start = false) "stands and could start";
equation
  runs = if initial() then 1.0 else pre(on);
  ready = pre(on) < 0.5 and pre(trip) < 0.5 and time >= pre(since) + min_off_s;
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
  parameter Real stage_up_s = 300.0;
  parameter Real stage_down_s = 1200.0;
  Real demand "capacity wanted in units";
  Real u_run;
  Boolean more(start = false) "the demand calls for one more";
  Boolean less(start = false) "the demand calls for one less";
  discrete Real k(start = units, fixed = true);
  discrete Real lead(start = 0.0, fixed = true) "0 for unit 1";
  discrete Real since(start = 0.0, fixed = true) "a call began or ended, or k changed";
equation
  more = pre(k) > 0.5 and pre(k) < units - 0.5 and demand > stage_up * pre(k);
  less = pre(k) > 1.5 and demand < stage_down * (pre(k) - 1.0);
  when pre(k) > 0.5 and u_run < 0.4 then
    k = 0.0;
    lead = if pre(lead) < units - 1.5 then pre(lead) + rotation else pre(lead) * (1.0 - rotation);
  elsewhen pre(k) < 0.5 and u_run > 0.5 then
    k = 1.0;
    lead = pre(lead);
  elsewhen more and pre(more) and time >= pre(since) + stage_up_s then
    k = pre(k) + 1.0;
    lead = pre(lead);
  elsewhen less and pre(less) and time >= pre(since) + stage_down_s then
    k = pre(k) - 1.0;
    lead = if pre(lead) < units - 1.5 then pre(lead) + rotation else pre(lead) * (1.0 - rotation);
  end when;
  when more <> pre(more) or less <> pre(less) or k <> pre(k) then
    since = time;
  end when;
end Sequencer;

model Queue "Which of three units are the first k"
  Real k;
  Real lead;
  Real on[3];
  Boolean ready[3] "could start";
  Real order[3] "counted from the lead, from 0 on";
  Real place[3] "the lower the sooner; running ones below 3, others that could start below 6";
  Real first[3] "how many stand no later than this one";
  Boolean wanted[3];
equation
  order[1] = -lead + (if lead > 0.5 then 3.0 else 0.0);
  order[2] = 1.0 - lead + (if lead > 1.5 then 3.0 else 0.0);
  order[3] = 2.0 - lead;
  place[1] = order[1] + (if on[1] > 0.5 then 0.0 elseif ready[1] then 3.0 else 10.0);
  place[2] = order[2] + (if on[2] > 0.5 then 0.0 elseif ready[2] then 3.0 else 10.0);
  place[3] = order[3] + (if on[3] > 0.5 then 0.0 elseif ready[3] then 3.0 else 10.0);
  first[1] = 1.0 + (if place[2] < place[1] then 1.0 else 0.0) + (if place[3] < place[1] then 1.0 else 0.0);
  first[2] = 1.0 + (if place[1] < place[2] then 1.0 else 0.0) + (if place[3] < place[2] then 1.0 else 0.0);
  first[3] = 1.0 + (if place[1] < place[3] then 1.0 else 0.0) + (if place[2] < place[3] then 1.0 else 0.0);
  wanted[1] = place[1] < 9.5 and first[1] < k + 0.5;
  wanted[2] = place[2] < 9.5 and first[2] < k + 0.5;
  wanted[3] = place[3] < 9.5 and first[3] < k + 0.5;
end Queue;
